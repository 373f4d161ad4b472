import type { Kind } from '../../../language/index.ts'
import type { Operation } from '../../../platform/operation.ts'
import { alarmRule } from '../records/alarm-rule.ts'
import { standardRules } from './standard-rules.ts'
import { tryRule } from './try-alarm-rule.ts'

/** 采用标准报警规则: files the platform's proposed rules in an authority's name, tries each on a week and switches it on. */
export const adoptStandardRules: Operation = {
  name: 'adopt-standard-rules',
  title: '采用标准报警规则',
  help: '把平台建议的报警规则登记在本单位名下，用最近一周的读数试算后启用；已有同名同类型的跳过。',
  fields: {},
  roles: ['city', 'county'],
  async run(work) {
    const kind = alarmRule as unknown as Kind
    const known = await work.sql<{ name: string; model: string }[]>`
      select name, model from alarm_rule where owner_id = ${work.actor.ownerId} and state <> 'void'`
    const adopted: { name: string; model: string; trialAlarms: number }[] = []
    for (const rule of standardRules) {
      if (known.some((each) => each.name === rule.name && each.model === rule.model)) continue
      const { row } = await work.store.create(kind, rule)
      const tried = await tryRule(work, row.id, 7)
      await work.store.transition(kind, row.id, 'switch-on', { version: tried.version })
      adopted.push({ name: rule.name, model: rule.model, trialAlarms: tried.alarms })
    }
    return { adopted, skipped: standardRules.length - adopted.length }
  },
}
