import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { BoardAnswer, OpenAlarm } from '../../areas/devices/operations/wire.ts'
import { type MapLine, type MapPoint, PlaceMap } from '../map/map.tsx'
import { call } from '../shell/api.ts'
import type { Operation } from '../shell/catalogue.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { agoOf, secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { severities, toneOf } from './answer.ts'
import { DeviceCard } from './card.tsx'
import { DevicePanel, useDevice } from './panel.tsx'
import './devices.css'

type Props = { operation: Operation }

/** What must be dealt with first stands first. */
const weight = (alarm: OpenAlarm) =>
  (alarm.clearedAt ? 10 : 0) + { instant: 0, 'fix-by': 1, guidance: 2 }[alarm.severity] - alarm.level

function Alarms({ board, choose }: { board: BoardAnswer; choose(id: string): void }) {
  const alarms = [...board.alarms].sort((a, b) => weight(a) - weight(b) || b.raisedAt.localeCompare(a.raisedAt))
  return (
    <section className="card boardalarms">
      <h2>
        未关闭的报警 <small>{alarms.length}</small>
      </h2>
      {alarms.length === 0 && <p className="quiet">现在没有报警</p>}
      <ul className="lines">
        {alarms.map((each) => (
          <li key={each.id}>
            <span className={`tag ${each.clearedAt ? 'unknown' : severities[each.severity].tone}`}>
              {each.clearedAt ? '已恢复' : severities[each.severity].word}
            </span>
            <Link to={path.record(board.kinds.alarm, each.id)}>{each.title}</Link>
            <small>
              {agoOf(each.raisedAt)} · {each.ownerTitle}
              {each.level > 1 && ` · ${each.level} 级`} ·{' '}
              <button type="button" className="linklike noprint" onClick={() => choose(each.device)}>
                看设备
              </button>
            </small>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** A device's place, and the way of the one that is looked at. */
function useGround(board: BoardAnswer | undefined, chosen: string | undefined) {
  const { data } = useDevice(chosen)
  const points = useMemo(
    () =>
      (board?.devices ?? []).flatMap((device): MapPoint[] => {
        if (!device.place) return []
        const note = device.values
          .slice(0, 3)
          .map((each) => `${each.title} ${each.words}`)
          .join('\n')
        return [
          { id: device.id, at: device.place, title: device.name, note, tone: toneOf(device, board?.alarms ?? []) },
        ]
      }),
    [board],
  )
  const lines = useMemo(
    (): MapLine[] =>
      chosen && data && data.track.length > 1
        ? [
            {
              id: `track ${chosen}`,
              path: data.track.map(({ lng, lat }) => ({ lng, lat })),
              title: '最近 24 小时',
            } as MapLine,
          ]
        : [],
    [chosen, data],
  )
  return { points, lines }
}

/** 设备看板: alarms, the map of stores and vehicles, and every device by county and owner. */
export default function Board({ operation }: Props) {
  const { query } = useRoute()
  const chosen = query.device
  const { regions } = useCatalogue()
  const {
    data: board,
    error,
    refetch,
  } = useQuery({
    queryKey: ['device-board'],
    refetchInterval: 10_000,
    queryFn: () => call<BoardAnswer>('POST', '/api/v1/operations/device-board', {}),
  })
  const choose = (id?: string) =>
    navigate(`${path.operation(operation.name)}${id ? `?device=${id}` : ''}`, { replace: true })
  const { points, lines } = useGround(board, chosen)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!board) return <Waiting />
  const groups = Map.groupBy(board.devices, (device) =>
    `${regions.find((each) => each.code === device.region)?.title ?? ''} ${device.ownerTitle}`.trim(),
  )
  const offline = board.devices.filter((each) => !each.online).length
  return (
    <>
      <Head
        title={operation.title}
        sub={`${board.devices.length} 台在用，${offline} 台没有数据，${board.alarms.length} 条报警未关闭 · ${secondOf(board.asOf)}`}
      />
      {board.devices.length === 0 ? (
        <Empty title="还没有设备">
          <Link className="button" to={path.list(board.kinds.device)}>
            去登记设备
          </Link>
        </Empty>
      ) : (
        <div className={points.length > 0 || chosen ? 'deviceboard' : 'deviceboard groundless'}>
          <Alarms board={board} choose={choose} />
          <div className="ground">
            {points.length > 0 && (
              <PlaceMap title="冷库和车辆" points={points} lines={lines} chosen={chosen} choose={choose} height={340} />
            )}
            {chosen && <DevicePanel key={chosen} id={chosen} board={board} close={() => choose()} />}
          </div>
          <div className="alldevices">
            {[...groups].map(([title, devices]) => (
              <section key={title}>
                <h3>{title}</h3>
                <div className="cards">
                  {devices.map((device) => (
                    <DeviceCard
                      key={device.id}
                      device={device}
                      alarms={board.alarms}
                      on={device.id === chosen}
                      choose={() => choose(device.id)}
                    />
                  ))}
                </div>
              </section>
            ))}
          </div>
        </div>
      )}
    </>
  )
}
