import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { PlanAnswer } from '../../areas/devices/operations/wire.ts'
import { call, Refusal } from '../shell/api.ts'
import type { Operation } from '../shell/catalogue.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import { DeviceCard } from './card.tsx'
import { PlanGround, type Position } from './ground.tsx'
import { DevicePanel } from './panel.tsx'
import './devices.css'
import './plan.css'

type Placing = { plan: string; planX: number; planY: number } | { plan: null; planX: null; planY: null }

/** Puts a device on a plan, elsewhere on it, or takes it off; what stands is read anew. */
function usePlacing(board: PlanAnswer | undefined) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const write = async (id: string, placing: Placing) => {
    const device = [...(board?.devices ?? []), ...(board?.waiting ?? [])].find((each) => each.id === id)
    if (!device || busy || !board) return
    setBusy(true)
    try {
      await call('PATCH', `/api/v1/records/${board.kinds.device}/${id}`, { version: device.version, ...placing })
    } catch (error) {
      say(error instanceof Refusal && error.status > 0 ? error.message : '没有存上，请检查网络后再放一次')
    }
    await client.invalidateQueries({ queryKey: ['see-site-plan'] })
    setBusy(false)
  }
  return { busy, write }
}

function Arrange({
  board,
  chosen,
  choose,
  takeOff,
}: {
  board: PlanAnswer
  chosen: string | undefined
  choose(id: string): void
  takeOff(id: string): void
}) {
  const placed = board.devices.find(({ id }) => id === chosen)
  return (
    <section className="card planarrange noprint" aria-label="摆放设备">
      <p className="quiet">选一台设备，再点图上它所在的位置；已在图上的可以拖动，或用方向键移动。放下即保存。</p>
      <div className="chips">
        {board.waiting.length === 0 && <span className="quiet">设备都已摆到图上</span>}
        {board.waiting.map(({ id, name, room }) => (
          <button key={id} type="button" className="chip" aria-pressed={id === chosen} onClick={() => choose(id)}>
            {name}
            {room && <small> {room}</small>}
          </button>
        ))}
        {placed && (
          <button type="button" className="button small" onClick={() => takeOff(placed.id)}>
            把“{placed.name}”移出图
          </button>
        )}
      </div>
    </section>
  )
}

function Choice({ board, open }: { board: PlanAnswer; open(id: string): void }) {
  if (board.plans.length < 2) return null
  const owners = new Set(board.plans.map(({ ownerTitle }) => ownerTitle)).size
  return (
    <select aria-label="选平面图" value={board.chosen ?? ''} onChange={(event) => open(event.target.value)}>
      {board.plans.map(({ id, name, ownerTitle }) => (
        <option key={id} value={id}>
          {owners > 1 ? `${ownerTitle} · ${name}` : name}
        </option>
      ))}
    </select>
  )
}

/** 平面图现状: a place's picture with every device where it stands and how it stands. */
export default function SitePlan({ operation }: { operation: Operation }) {
  const { query } = useRoute()
  const { plan, device: chosen } = query
  const { kinds } = useCatalogue()
  const [arranging, setArranging] = useState(false)
  const {
    data: board,
    error,
    refetch,
  } = useQuery({
    queryKey: ['see-site-plan', plan],
    refetchInterval: 10_000,
    queryFn: () => call<PlanAnswer>('POST', `/api/v1/operations/${operation.name}`, plan ? { plan } : {}),
  })
  const { busy, write } = usePlacing(board)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!board) return <Waiting />
  const open = (next: { plan?: string | undefined; device?: string | undefined }) =>
    navigate(path.operation(operation.name, next), { replace: true })
  const shown = board.plans.find(({ id }) => id === board.chosen)
  const mayDraw = kinds.find(({ name }) => name === board.kinds.plan)?.verbs.includes('create') ?? false
  const upload = (
    <Link className={shown ? 'button plain' : 'button primary'} to={path.create(board.kinds.plan)}>
      上传平面图
    </Link>
  )
  if (!shown)
    return (
      <>
        <Head title={operation.title} sub={operation.help} />
        <Empty title="还没有平面图">{mayDraw ? upload : <p>企业上传后，您管辖范围内的都在这里。</p>}</Empty>
      </>
    )
  const put = ({ x, y }: Position, id = chosen) => id && write(id, { plan: shown.id, planX: x, planY: y })
  const choose = (id?: string) => open({ plan: shown.id, device: id })
  const trouble = board.alarms.filter(({ clearedAt }) => !clearedAt).length
  return (
    <>
      <Head
        title={`${shown.name} 现状`}
        sub={`${shown.ownerTitle} · ${board.devices.length} 台设备，${trouble} 条报警未恢复 · ${secondOf(board.asOf)}`}
      >
        <Choice board={board} open={(id) => open({ plan: id })} />
        {mayDraw && (
          <>
            <button type="button" className="button" aria-pressed={arranging} onClick={() => setArranging(!arranging)}>
              {arranging ? '摆好了' : '摆放设备'}
            </button>
            {upload}
          </>
        )}
      </Head>
      {arranging && (
        <Arrange
          board={board}
          chosen={chosen}
          choose={choose}
          takeOff={(id) => write(id, { plan: null, planX: null, planY: null })}
        />
      )}
      <div className={chosen && !arranging ? 'planboard beside' : 'planboard'} aria-busy={busy}>
        <PlanGround
          picture={shown.picture}
          title={shown.name}
          devices={board.devices}
          alarms={board.alarms}
          chosen={chosen}
          arranging={arranging}
          choose={choose}
          put={put}
        />
        {chosen && !arranging && board.devices.some(({ id }) => id === chosen) && (
          <DevicePanel key={chosen} id={chosen} board={board} close={() => choose()} />
        )}
        <div className="plancards">
          {board.devices.map((device) => (
            <DeviceCard
              key={device.id}
              device={device}
              alarms={board.alarms}
              on={device.id === chosen}
              choose={() => choose(device.id)}
            />
          ))}
        </div>
      </div>
    </>
  )
}
