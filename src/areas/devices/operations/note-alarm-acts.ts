import { settleNotices } from '../../../platform/feed/notice.ts'
import type { Reaction } from '../../../platform/operation.ts'
import { aiFinding } from '../records/ai-finding.ts'
import { deviceAlarm } from '../records/device-alarm.ts'

const acts: Readonly<Record<string, string>> = {
  acknowledged: 'acknowledge',
  rectifying: 'acknowledge',
  submitted: 'acknowledge',
  confirmed: 'confirm',
  rejected: 'reject',
}

const ends: readonly string[] = ['closed', 'confirmed', 'rejected']

/** What people did about an alarm becomes part of the timeline that alarms are derived from. */
export const noteAlarmActs: Reaction = {
  name: 'note-alarm-acts',
  kinds: [deviceAlarm.name, aiFinding.name],
  async react(sql, change) {
    const { state, rule, device, updatedAt, raisedAt, seenAt } = change.image as Record<string, string | undefined>
    if (ends.includes(state ?? '') && updatedAt)
      await settleNotices(sql, change, { at: new Date(updatedAt), by: change.actor })
    const act = acts[state ?? '']
    if (!act || !rule || !device || !updatedAt) return
    const before = await sql`select from change where owner_id = ${change.ownerId} and kind = ${change.kind}
      and id = ${change.id} and version = ${change.version - 1} and image->>'state' = ${state ?? ''}`
    if (before.length > 0) return
    // A device whose clock is ahead has its alarms in our future: an answer never comes before what it answers.
    await sql`insert into alarm_act (device_id, rule_id, at, act)
      values (${device}, ${rule}, greatest(${updatedAt}::timestamptz, ${raisedAt ?? seenAt ?? updatedAt}::timestamptz), ${act})
      on conflict do nothing`
  },
}
