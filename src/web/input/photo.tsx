import { useRef } from 'react'
import type { PhotoField } from '../../language/fields/photo.ts'
import { fileUrl } from '../shell/api.ts'
import { type CellProps, type FieldView, type InputProps, problemAt } from './field-view.ts'
import { storePicture } from './picture.ts'
import { useUploads } from './uploads.ts'

function PhotoInput({ id, at, field, value, onChange, problems }: InputProps<PhotoField>) {
  const hashes = Array.isArray(value) ? (value as string[]) : []
  // Several uploads end before the next render: each adds to what the last one left.
  const latest = useRef(hashes)
  latest.current = hashes
  const { uploads, add, start, drop } = useUploads(at, storePicture, (hash) => {
    if (latest.current.includes(hash)) return
    latest.current = [...latest.current, hash]
    onChange(latest.current)
  })
  const max = field.max ?? 9
  const isFull = hashes.length + uploads.length >= max
  const take = (event: React.ChangeEvent<HTMLInputElement>) => {
    add([...(event.target.files ?? [])].slice(0, max - hashes.length - uploads.length))
    event.target.value = ''
  }
  return (
    <fieldset
      className="photos"
      data-invalid={problemAt(problems, at) ? true : undefined}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        add([...event.dataTransfer.files].slice(0, max - hashes.length - uploads.length))
      }}
    >
      <legend className="unseen">{field.title}</legend>
      {hashes.map((hash, index) => (
        <span className="photo" key={hash}>
          <a href={fileUrl(hash)} target="_blank" rel="noreferrer">
            <img src={fileUrl(hash)} alt={`${field.title}第 ${index + 1} 张`} />
          </a>
          <button
            type="button"
            aria-label={`删除第 ${index + 1} 张`}
            onClick={() => onChange(hashes.filter((each) => each !== hash))}
          >
            ×
          </button>
        </span>
      ))}
      {uploads.map((upload) => (
        <span className="photo" key={upload.key}>
          <img src={upload.url} alt="" className={upload.problem ? '' : 'busy'} />
          {upload.problem ? (
            <span className="failed">
              {upload.problem}
              <button type="button" className="link" onClick={() => start(upload)}>
                重传
              </button>
            </span>
          ) : (
            <span className="progress">正在上传</span>
          )}
          <button type="button" aria-label="不要这张" onClick={() => drop(upload)}>
            ×
          </button>
        </span>
      ))}
      {!isFull && (
        <>
          <label className="addphoto phone">
            <input type="file" accept="image/*" capture="environment" onChange={take} />
            拍照
          </label>
          <label className="addphoto">
            <input id={id} type="file" accept="image/*" multiple onChange={take} />
            <span className="desk">选择照片，或拖到这里</span>
            <span className="phone">从相册选</span>
          </label>
        </>
      )}
    </fieldset>
  )
}

function PhotoFull({ field, value }: CellProps<PhotoField>) {
  return (
    <span className="photos">
      {(value as string[]).map((hash, index) => (
        <a className="photo" key={hash} href={fileUrl(hash)} target="_blank" rel="noreferrer">
          <img src={fileUrl(hash)} alt={`${field.title}第 ${index + 1} 张`} loading="lazy" />
        </a>
      ))}
    </span>
  )
}

export const photoView: FieldView<PhotoField> = {
  Input: PhotoInput,
  plain: (value) => `${(value as string[]).length} 张`,
  Full: PhotoFull,
}
