import { useEffect, useRef, useState } from 'react'
import { Refusal } from '../shell/api.ts'

export type Upload = { key: number; file: File; url: string; problem?: string }
let count = 0

/** A file above what the server takes is refused before it is sent, or kept for when there is a network. */
export const tooLarge = (file: File, bytesMax: number, advice: string): string =>
  `文件最大 ${bytesMax / 1024 ** 2} MB，“${file.name}”有 ${Math.ceil(file.size / 1024 ** 2)} MB，${advice}`

/** Pointers of the fields with an upload under way: saving waits for them. */
export const uploading = new Set<string>()

/** Stores chosen files one after another through `store` and tells `onStored` what each became. */
export function useUploads<Stored>(
  at: string,
  store: (file: File) => Promise<Stored>,
  onStored: (stored: Stored) => void,
) {
  const [uploads, setUploads] = useState<Upload[]>([])
  const latest = useRef(onStored)
  latest.current = onStored
  useEffect(() => () => void uploading.delete(at), [at])

  const drop = (upload: Upload) => {
    URL.revokeObjectURL(upload.url)
    setUploads((all) => {
      const rest = all.filter((each) => each.key !== upload.key)
      if (rest.length === 0) uploading.delete(at)
      return rest
    })
  }
  const start = async (upload: Upload) => {
    uploading.add(at)
    setUploads((all) => [...all.filter((each) => each.key !== upload.key), { ...upload, problem: undefined }])
    try {
      latest.current(await store(upload.file))
      drop(upload)
    } catch (error) {
      const problem = error instanceof Refusal ? error.message : '这个文件读不出来'
      setUploads((all) => all.map((each) => (each.key === upload.key ? { ...each, problem } : each)))
    }
  }
  return {
    uploads,
    start,
    drop,
    add(files: Iterable<File>) {
      for (const file of files) start({ key: ++count, file, url: URL.createObjectURL(file) })
    },
  }
}
