import type { Kind, RecordOf } from '../../../language/index.ts'
import type { Reaction } from '../../../platform/operation.ts'
import type { OpenDoor } from '../../../platform/store/store.ts'
import { aiFinding } from '../records/ai-finding.ts'
import { deviceAlarm } from '../records/device-alarm.ts'
import { alarmIdOf, engineActor } from './alarm-records.ts'
import { loadDevice } from './alarm-rules.ts'

/** What a person has confirmed is an alarm, to be dealt with like any other; the picture goes with it. */
export const alarmOfFinding = (open: OpenDoor): Reaction => ({
  name: 'alarm-of-finding',
  kinds: [aiFinding.name],
  async react(sql, change) {
    const finding = change.image as RecordOf<typeof aiFinding>
    const { state, rule } = finding
    if (state !== 'confirmed' || !rule) return
    const device = await loadDevice(sql, finding.device)
    if (!device) return
    const store = open(sql, engineActor(device), change.at)
    const seenAt = Date.parse(finding.seenAt)
    await store.create(
      deviceAlarm as unknown as Kind,
      {
        id: alarmIdOf(rule, `${device.id} confirmed`, seenAt),
        ownerId: device.ownerId,
        title: `${device.name}：${finding.event}（人工确认）`,
        device: device.id,
        raisedAt: finding.seenAt,
        severity: finding.severity,
        advice: finding.advice,
      },
      () => ({
        beganAt: finding.seenAt,
        clearedAt: finding.endedAt ?? null,
        level: 1,
        rule,
        clause: finding.clause,
        value: `置信度 ${finding.confidence}%`,
        picture: finding.picture ?? [],
        course: [
          { at: finding.seenAt, what: `识别到${finding.event}` },
          { at: change.image.updatedAt, what: '人工确认属实' },
        ],
      }),
    )
  },
})
