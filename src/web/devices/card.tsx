import type { OpenAlarm, Shown } from '../../areas/devices/operations/wire.ts'
import { agoOf } from '../shell/time.ts'
import { standing, toneOf } from './answer.ts'

/** A device in few words: how it stands, its first values, when it last spoke. */
export function DeviceCard({
  device,
  alarms,
  on,
  choose,
}: {
  device: Shown
  alarms: readonly OpenAlarm[]
  on: boolean
  choose(): void
}) {
  const tone = toneOf(device, alarms)
  return (
    <button type="button" className={`devicecard ${tone}`} aria-pressed={on} onClick={choose}>
      <b>{device.name}</b>
      <span className={`tag ${tone}`}>{standing[tone]}</span>
      <span className="values">
        {device.values.slice(0, 3).map((each) => (
          <span key={each.code}>
            {each.title} <b>{each.words}</b>
          </span>
        ))}
      </span>
      <span className="age">{device.lastAt ? `${agoOf(device.lastAt)}上报` : '从未上报'}</span>
    </button>
  )
}
