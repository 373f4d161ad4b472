import { type Row, useCatalogue } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { agoOf, minuteOf } from '../shell/time.ts'
import { useDevice } from './panel.tsx'
import './beside.css'

/** Beside a device's file: what it says now, and the way to its curve. */
export default function DeviceBeside({ row }: { row: Row }) {
  const { operations } = useCatalogue()
  const hasBoard = operations.some(({ name }) => name === 'device-board')
  const { data } = useDevice(row.state === 'void' ? undefined : row.id)
  if (!data) return null
  const { device } = data
  return (
    <aside className="card devicebeside">
      <h2>
        现在
        {hasBoard && <Link to={path.operation('device-board', { device: row.id })}>曲线和报警</Link>}
      </h2>
      <dl>
        {device.values.slice(0, 6).map((each) => (
          <div key={each.code}>
            <dt>{each.title}</dt>
            <dd>{each.words}</dd>
          </div>
        ))}
        <div>
          <dt>最后上报</dt>
          <dd className={device.online ? '' : 'bad'} title={device.lastAt ? minuteOf(device.lastAt) : undefined}>
            {device.lastAt ? agoOf(device.lastAt) : '从未'}
          </dd>
        </div>
      </dl>
    </aside>
  )
}
