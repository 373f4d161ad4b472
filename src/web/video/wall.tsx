import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Camera, Wall } from '../../areas/devices/operations/wire.ts'
import { call } from '../shell/api.ts'
import { type Operation, useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { ageOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { Playback } from './playback.tsx'
import { Screen } from './screen.tsx'
import './video.css'

const sizes = [1, 4, 9] as const

/** Those with an alarm first, then those that publish. */
const weight = (camera: Camera) => (camera.alarms.length > 0 ? 0 : camera.live ? 1 : 2)

function Tile({ camera, kinds, open }: { camera: Camera; kinds: Wall['kinds']; open(): void }) {
  return (
    <article className="cameratile" aria-label={camera.name}>
      {camera.live ? (
        <Screen camera={camera} kinds={kinds} />
      ) : (
        <div className="screen">
          <p className="over">没有推流{camera.problem && `：${camera.problem}`}</p>
        </div>
      )}
      <footer>
        <button type="button" className="linklike" onClick={open}>
          {camera.name}
        </button>
        <span className={`tag ${camera.live ? 'good' : 'unknown'}`}>{camera.live ? '直播' : '离线'}</span>
        <small>
          {camera.ownerTitle}
          {camera.room && ` · ${camera.room}`}
        </small>
      </footer>
    </article>
  )
}

function One({ camera, kinds, close }: { camera: Camera; kinds: Wall['kinds']; close(): void }) {
  const [recorded, setRecorded] = useState(!camera.live)
  return (
    <section className="card onecamera" aria-label={camera.name}>
      <header>
        <h2>{camera.name}</h2>
        <div className="choices noprint">
          <button type="button" aria-pressed={!recorded} onClick={() => setRecorded(false)}>
            直播
          </button>
          <button type="button" aria-pressed={recorded} onClick={() => setRecorded(true)}>
            录像
          </button>
          <button type="button" onClick={close}>
            返回
          </button>
        </div>
        <p className="quiet">
          {camera.scene} · {camera.ownerTitle} ·{' '}
          {camera.live && camera.since ? `${ageOf(camera.since)}开始推流` : '没有推流'} ·{' '}
          <Link to={path.record(kinds.camera, camera.id)}>摄像机档案</Link> ·{' '}
          <Link to={path.list(kinds.snapshot, { camera: camera.id })}>截图</Link>
        </p>
      </header>
      {recorded && <Playback camera={camera} kinds={kinds} />}
      {!recorded && camera.live && <Screen camera={camera} kinds={kinds} big />}
      {!recorded && !camera.live && <p className="quiet">摄像机现在没有推流，可以看录像。</p>}
    </section>
  )
}

function Choice({
  wall,
  owner,
  size,
  pick,
}: {
  wall: Wall
  owner: string
  size: number
  pick(owner: string, size: number): void
}) {
  const { regions } = useCatalogue()
  const owners = [...new Map(wall.cameras.map((each) => [each.ownerTitle, each.region]))]
  const regionOf = (code: string) => regions.find((each) => each.code === code)?.title ?? ''
  return (
    <div className="wallbar noprint">
      {owners.length > 1 && (
        <select aria-label="单位" value={owner} onChange={(event) => pick(event.target.value, size)}>
          <option value="">全部 {owners.length} 家单位</option>
          {owners.map(([title, region]) => (
            <option key={title} value={title}>
              {regionOf(region)} {title}
            </option>
          ))}
        </select>
      )}
      <div className="choices">
        {sizes.map((each) => (
          <button key={each} type="button" aria-pressed={size === each} onClick={() => pick(owner, each)}>
            {each} 画面
          </button>
        ))}
      </div>
    </div>
  )
}

/** 视频监控: the live pictures of one's own cameras, or of those under one's jurisdiction; each with its recordings. */
export default function VideoWall({ operation }: { operation: Operation }) {
  const { query } = useRoute()
  const { actor } = useSession()
  const [{ owner, size }, setChoice] = useState<{ owner: string; size: number }>({ owner: '', size: 4 })
  const [page, setPage] = useState(0)
  const { data, error, refetch } = useQuery({
    queryKey: ['camera-wall'],
    refetchInterval: 10_000,
    queryFn: () => call<Wall>('POST', '/api/v1/operations/camera-wall', {}),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const open = (id?: string) => navigate(`${path.operation(operation.name)}${id ? `?camera=${id}` : ''}`)
  const wanted = data.cameras.filter((each) => !owner || each.ownerTitle === owner)
  const cameras = wanted.toSorted((a, b) => weight(a) - weight(b))
  const pages = Math.max(1, Math.ceil(cameras.length / size))
  const shown = cameras.slice((page % pages) * size, (page % pages) * size + size)
  const one = data.cameras.find((each) => each.id === query.camera)
  const live = data.cameras.filter((each) => each.live).length
  return (
    <>
      <Head title={operation.title} sub={`${data.cameras.length} 路摄像机，${live} 路正在直播`} />
      {data.cameras.length === 0 && (
        <Empty title="还没有摄像机">
          {actor.role === 'enterprise' ? (
            <>
              <p>登记摄像机，取推流密钥，把推流地址填进摄像机，这里就有画面。</p>
              <Link className="button" to={path.create(data.kinds.camera)}>
                去登记摄像机
              </Link>
            </>
          ) : (
            <p>管辖范围内还没有单位登记摄像机。</p>
          )}
        </Empty>
      )}
      {one && <One key={one.id} camera={one} kinds={data.kinds} close={() => open()} />}
      {!one && data.cameras.length > 0 && (
        <>
          <Choice
            wall={data}
            owner={owner}
            size={size}
            pick={(nextOwner, nextSize) => {
              setChoice({ owner: nextOwner, size: nextSize })
              setPage(0)
            }}
          />
          <div className={`wall of${size}`}>
            {shown.map((camera) => (
              <Tile key={camera.id} camera={camera} kinds={data.kinds} open={() => open(camera.id)} />
            ))}
          </div>
          {pages > 1 && (
            <div className="wallpages noprint">
              <button type="button" className="button small" onClick={() => setPage((page + pages - 1) % pages)}>
                上一屏
              </button>
              <span>
                第 {(page % pages) + 1} / {pages} 屏
              </span>
              <button type="button" className="button small" onClick={() => setPage((page + 1) % pages)}>
                下一屏
              </button>
            </div>
          )}
        </>
      )}
    </>
  )
}
