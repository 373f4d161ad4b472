import { Failure, invalid } from '../../../failure.ts'
import type { Kind } from '../../../language/index.ts'
import { number, reference } from '../../../language/index.ts'
import type { Operation, Work } from '../../../platform/operation.ts'
import { type Episode, evaluate, freshState, inOrder } from '../../../telemetry/alarm/index.ts'
import { readings } from '../../../telemetry/index.ts'
import { alarmRule } from '../records/alarm-rule.ts'
import { concerns, faultsOf, loadDevices, loadFigures, type RuleRecord, ruleOf } from './alarm-rules.ts'

const dayMs = 86_400_000
/** Devices that one trial looks at: enough to see what the rule would do. */
const devicesMax = 50

/** What a rule would have raised on the stored readings of the devices it concerns. Notes on the rule that it was tried. */
export async function tryRule(work: Work, id: string, days: number) {
  const record = (await work.store.read(alarmRule as unknown as Kind, id)) as unknown as RuleRecord
  if (record.state === 'on') throw new Failure(409, 'wrong-state', '规则已启用；要改请先停用')
  const faults = faultsOf(record)
  if (faults.length > 0) throw invalid(faults.map((fault) => ({ code: 'no-sense', ...fault })))
  const [owner] = await work.sql`select from subject where id = ${record.ownerId}`
  const standing = { record, authority: !owner, since: 0 }
  const devices = (await loadDevices(work.sql)).filter((each) => concerns(standing, each)).slice(0, devicesMax)
  const figure = await loadFigures(work.sql)
  const from = new Date(work.now.getTime() - days * dayMs)
  const found: { device: string; alarms: number; first: string | null; longestMinute: number }[] = []
  for (const device of devices) {
    const stored = await readings(work.sql, device.id, from, work.now)
    const rule = ruleOf(record, device.intervalMs)
    const entries = inOrder(stored.map(({ at, values }) => ({ at: at.getTime(), values })))
    const { episodes } = evaluate(rule, figure, freshState(rule), entries, work.now.getTime())
    found.push({ device: device.name, ...summary(episodes, work.now.getTime()) })
  }
  const alarms = found.reduce((sum, each) => sum + each.alarms, 0)
  const tried = {
    triedAt: work.now.toISOString(),
    triedVersion: record.version + 1,
    trialAlarms: alarms,
    trialDevices: devices.length,
  }
  const row = await work.store.change(alarmRule as unknown as Kind, id, { version: record.version }, () => tried)
  return { days, devices: found, alarms, version: row.version }
}

function summary(episodes: readonly Episode[], now: number) {
  const lengths = episodes.map((each) => (each.clearedAt ?? now) - each.began)
  const first = episodes[0]
  return {
    alarms: episodes.length,
    first: first ? new Date(first.raisedAt).toISOString() : null,
    longestMinute: Math.round(Math.max(0, ...lengths) / 60_000),
  }
}

/** 试算: a rule is tried on history before it is switched on. */
export const tryAlarmRule: Operation = {
  name: 'try-alarm-rule',
  title: '报警规则试算',
  help: '用已存的读数算一遍：按这条规则会报多少次。规则改过以后要重新试算才能启用。',
  fields: {
    rule: reference({ title: '报警规则', required: true, to: 'alarm-rule' }),
    days: number({ title: '最近几天', required: true, min: 1, max: 30 }),
  },
  roles: ['city', 'county', 'enterprise'],
  async run(work, input) {
    const { rule, days } = input as { rule: string; days: number }
    return tryRule(work, rule, days)
  },
}
