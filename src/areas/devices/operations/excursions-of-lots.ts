import type { Kind } from '../../../language/index.ts'
import { lines, text } from '../../../language/index.ts'
import type { Operation } from '../../../platform/operation.ts'
import { deviceAlarm } from '../records/device-alarm.ts'

type Alarm = Record<'id' | 'title' | 'state' | 'raisedAt', string> & {
  beganAt?: string
  clearedAt?: string
  withdrawnAt?: string
  bound?: string
  peak?: string
}

const lotsMax = 500
const alarmsMax = 100

/** 批次的温度异常: alarms of the stores and vehicles in which lots were, as far as the reader may see those alarms. */
export const excursionsOfLots: Operation = {
  name: 'excursions-of-lots',
  title: '批次的温度异常',
  help: '按批次查：它们在库、在车期间有过哪些温度报警。追溯链条里自动显示。',
  fields: {
    lots: lines({
      title: '批次',
      required: true,
      max: lotsMax,
      fields: { lot: text({ title: '批次标识', required: true, max: 300 }) },
    }),
  },
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
  async run({ sql, store }, input) {
    const { lots } = input as { lots: { lot: string }[] }
    const rows = await sql<{ lot: string; alarm: string; since: Date | null; until: Date | null }[]>`
      select lot, alarm_id as alarm, since, until from alarm_lot where lot = any(${lots.map(({ lot }) => lot)}::text[])
      order by since desc nulls last limit 2000`
    const byAlarm = Map.groupBy(rows, (row) => row.alarm)
    const excursions = []
    for (const [id, found] of [...byAlarm].slice(0, alarmsMax)) {
      // Who may not read the alarm is not told of it.
      const alarm = (await store.read(deviceAlarm as unknown as Kind, id).catch(() => undefined)) as Alarm | undefined
      if (!alarm || alarm.withdrawnAt || alarm.state === 'rejected' || alarm.state === 'void') continue
      const { title, state, raisedAt, beganAt, clearedAt, bound, peak } = alarm
      excursions.push({
        id,
        title,
        state,
        from: beganAt ?? raisedAt,
        until: clearedAt ?? null,
        bound: bound ?? null,
        peak: peak ?? null,
        lots: found.map(({ lot, since, until }) => ({ lot, since, until })),
      })
    }
    return { kind: deviceAlarm.name, excursions }
  },
}
