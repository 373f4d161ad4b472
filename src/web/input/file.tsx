import { useRef } from 'react'
import type { FileField, FileValue } from '../../language/fields/file.ts'
import { fileBytesMax } from '../../platform/files/wire.ts'
import { fileUrl, putFile, Refusal } from '../shell/api.ts'
import { type CellProps, type FieldView, type InputProps, problemAt } from './field-view.ts'
import { sha256 } from './sha256.ts'
import { tooLarge, useUploads } from './uploads.ts'

const accepted = 'application/pdf,image/jpeg,image/png,image/webp'

async function store(file: File): Promise<FileValue> {
  if (file.size > fileBytesMax)
    throw new Refusal(413, { code: 'too-large', detail: tooLarge(file, fileBytesMax, '请压缩或拆开后再传') })
  const hash = sha256(new Uint8Array(await file.arrayBuffer()))
  await putFile(hash, file)
  return { sha256: hash, name: file.name.replaceAll(/[/\\]/g, '_').slice(-200) }
}

function FileInput({ id, at, field, value, onChange, problems }: InputProps<FileField>) {
  const files = Array.isArray(value) ? (value as FileValue[]) : []
  const latest = useRef(files)
  latest.current = files
  const { uploads, add, start, drop } = useUploads(at, store, (stored) => {
    latest.current = [...latest.current, stored]
    onChange(latest.current)
  })
  const room = (field.max ?? 20) - files.length - uploads.length
  return (
    <span className="files" data-invalid={problemAt(problems, at) ? true : undefined}>
      {files.map((file) => (
        <span key={file.sha256 + file.name}>
          <FileLink file={file} />
          <button type="button" className="link" onClick={() => onChange(files.filter((each) => each !== file))}>
            去掉
          </button>
        </span>
      ))}
      {uploads.map((upload) => (
        <span key={upload.key}>
          {upload.file.name}
          {upload.problem ? (
            <>
              <span className="wrong">{upload.problem}</span>
              <button type="button" className="link" onClick={() => start(upload)}>
                重传
              </button>
              <button type="button" className="link" onClick={() => drop(upload)}>
                不要了
              </button>
            </>
          ) : (
            <span className="muted">正在上传</span>
          )}
        </span>
      ))}
      {room > 0 && (
        <label className="button addfile">
          <input
            id={id}
            type="file"
            accept={accepted}
            multiple
            onChange={(event) => {
              add([...(event.target.files ?? [])].slice(0, room))
              event.target.value = ''
            }}
          />
          选择文件（PDF 或图片）
        </label>
      )}
    </span>
  )
}

export function FileLink({ file }: { file: FileValue }) {
  return (
    <a href={fileUrl(file.sha256)} target="_blank" rel="noreferrer">
      {file.name}
    </a>
  )
}

function FileFull({ value }: CellProps<FileField>) {
  return (
    <span className="files">
      {(value as FileValue[]).map((file) => (
        <FileLink key={file.sha256 + file.name} file={file} />
      ))}
    </span>
  )
}

export const fileView: FieldView<FileField> = {
  Input: FileInput,
  plain: (value) => (value as FileValue[]).map((file) => file.name).join('；'),
  Cell: ({ value }) => <>{(value as FileValue[]).length} 个</>,
  Full: FileFull,
}
