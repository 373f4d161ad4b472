import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { PhotoField } from '../../language/fields/photo.ts'
import { fileUrl } from '../shell/api.ts'
import { keep, recall } from '../shell/keep.ts'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { type Shot, shotOf } from './exif.ts'
import { type CellProps, type FieldView, type InputProps, problemAt } from './field-view.ts'
import { storePicture } from './picture.ts'
import { findPlace } from './position.ts'
import { useUploads } from './uploads.ts'

/** Whether this user lets photos carry the place. */
const placed = 'photo-place'

function PhotoInput({ id, at, field, value, onChange, problems }: InputProps<PhotoField>) {
  const hashes = Array.isArray(value) ? (value as string[]) : []
  // Several uploads end before the next render: each adds to what the last one left.
  const latest = useRef(hashes)
  latest.current = hashes
  const { actor } = useSession()
  const [isPlaced, setPlaced] = useState(() => recall<boolean>(placed) ?? true)
  // Files from the camera, with the moment they came: an upload may be tried again later.
  const shots = useRef(new WeakMap<File, Promise<Shot>>())
  const store = async (file: File) => storePicture(file, await shots.current.get(file))
  const { uploads, add, start, drop } = useUploads(at, store, (hash) => {
    if (latest.current.includes(hash)) return
    latest.current = [...latest.current, hash]
    onChange(latest.current)
  })
  const max = field.max ?? 9
  const isFull = hashes.length + uploads.length >= max
  const take = (event: React.ChangeEvent<HTMLInputElement>, isCamera = false) => {
    const moment = new Date().toISOString()
    if (isCamera && field.scene)
      for (const file of event.target.files ?? [])
        shots.current.set(
          file,
          (isPlaced ? findPlace() : Promise.resolve(undefined)).then((place) => ({
            at: moment,
            ...(place ? { place } : {}),
            by: [actor.name, actor.ownerTitle].filter(Boolean).join(' · '),
          })),
        )
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
            <input
              type="file"
              accept="image/*"
              capture="environment"
              // The fix is looked for while the picture is taken.
              onClick={() => void (field.scene && isPlaced && findPlace())}
              onChange={(event) => take(event, true)}
            />
            拍照
          </label>
          <label className="addphoto">
            <input id={id} type="file" accept="image/*" multiple onChange={(event) => take(event)} />
            <span className="desk">选择照片，或拖到这里</span>
            <span className="phone">从相册选</span>
          </label>
          {field.scene && (
            <label className="check phone placed">
              <input
                type="checkbox"
                checked={isPlaced}
                onChange={(event) => {
                  keep(placed, event.target.checked)
                  setPlaced(event.target.checked)
                }}
              />
              拍照时印上时间、人员和位置（位置可以不带）
            </label>
          )}
        </>
      )}
    </fieldset>
  )
}

/** Reads what a picture tells of its shot from its first bytes. */
async function readShot(hash: string, signal: AbortSignal): Promise<Shot | null> {
  const response = await fetch(fileUrl(hash), { signal })
  const reader = response.ok ? response.body?.getReader() : undefined
  const { value } = (await reader?.read()) ?? {}
  await reader?.cancel()
  return (value && shotOf(value)) ?? null
}

/** When, where and by whom a picture was taken, where it says so. */
function ShotCaption({ hash }: { hash: string }) {
  const { data: shot } = useQuery({
    queryKey: ['shot', hash],
    queryFn: ({ signal }) => readShot(hash, signal),
    staleTime: Infinity,
  })
  if (!shot) return null
  return (
    <small>
      {minuteOf(shot.at)} 拍摄
      {shot.place && (
        <>
          <br />
          {shot.place.lng}, {shot.place.lat}
        </>
      )}
    </small>
  )
}

function PhotoFull({ field, value }: CellProps<PhotoField>) {
  return (
    <span className="photos">
      {(value as string[]).map((hash, index) => (
        <figure className="shown" key={hash}>
          <a className="photo" href={fileUrl(hash)} target="_blank" rel="noreferrer">
            <img src={fileUrl(hash)} alt={`${field.title}第 ${index + 1} 张`} loading="lazy" />
          </a>
          {field.scene && <ShotCaption hash={hash} />}
        </figure>
      ))}
    </span>
  )
}

export const photoView: FieldView<PhotoField> = {
  Input: PhotoInput,
  plain: (value) => `${(value as string[]).length} 张`,
  Full: PhotoFull,
}
