import { useQuery } from '@tanstack/react-query'
import type { BoardAnswer, DeviceAnswer } from '../../areas/devices/operations/wire.ts'
import { call } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { agoOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { severities } from './answer.ts'
import { Chart } from './chart.tsx'
import { Commands } from './commands.tsx'

export const useDevice = (id: string | undefined) =>
  useQuery({
    queryKey: ['device', id],
    enabled: id !== undefined,
    refetchInterval: 10_000,
    queryFn: () => call<DeviceAnswer>('POST', '/api/v1/operations/see-device', { device: id, hours: 24 }),
  })

const where = ['lat', 'lon', 'direction']

/** What has a curve worth seeing, temperatures first. */
const charted = (properties: DeviceAnswer['properties']) =>
  properties
    .filter((each) => !where.includes(each.code))
    .sort((a, b) => Number(b.unit === 'CEL') - Number(a.unit === 'CEL'))

/** One device: what it says now, its curve, its alarms, what it can be told. */
export function DevicePanel({
  id,
  board,
  close,
}: {
  id: string
  board: Pick<BoardAnswer, 'alarms' | 'kinds'>
  close(): void
}) {
  const { actor } = useSession()
  const { data, error, refetch } = useDevice(id)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const { device, properties, offered, commands, meanKineticTemperature } = data
  const alarms = board.alarms.filter((each) => each.device === id)
  return (
    <section className="card devicepanel" aria-label={device.name}>
      <header className="panelhead">
        <h2>{device.name}</h2>
        <button type="button" className="button small plain noprint" onClick={close}>
          关闭
        </button>
        <p className="quiet">
          {device.modelTitle}
          {device.room && ` · ${device.room}`} · {device.ownerTitle} ·{' '}
          <Link to={path.record(board.kinds.device, id)}>设备档案</Link>
        </p>
      </header>
      <dl className="now">
        {device.values.slice(0, 8).map((each) => (
          <div key={each.code}>
            <dt>{each.title}</dt>
            <dd>{each.words}</dd>
          </div>
        ))}
        {meanKineticTemperature !== null && (
          <div>
            <dt>平均动力学温度（24 小时）</dt>
            <dd>{meanKineticTemperature} ℃</dd>
          </div>
        )}
        <div>
          <dt>最后上报</dt>
          <dd className={device.online ? '' : 'bad'}>{device.lastAt ? agoOf(device.lastAt) : '从未'}</dd>
        </div>
      </dl>
      <Chart key={id} device={id} properties={charted(properties)} />
      {alarms.length > 0 && (
        <ul className="lines">
          {alarms.map((each) => (
            <li key={each.id}>
              <span className={`tag ${severities[each.severity].tone}`}>{severities[each.severity].word}</span>
              <Link to={path.record(board.kinds.alarm, each.id)}>{each.title}</Link>
              <small>
                {spokenMinute(each.raisedAt)}
                {each.clearedAt && '，已恢复'}
              </small>
            </li>
          ))}
        </ul>
      )}
      <Commands device={id} offered={offered} sent={commands} may={actor.role === 'enterprise'} />
    </section>
  )
}
