import { createHash } from 'node:crypto'
import type { ISql } from 'postgres'
import type { Kind } from '../../../language/index.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { settleNotices } from '../../../platform/feed/notice.ts'
import { keptBy } from '../../../platform/files/files.ts'
import { uuidv7 } from '../../../platform/id.ts'
import type { OpenDoor, Store } from '../../../platform/store/store.ts'
import { propertyOf } from '../../../standards/things/index.ts'
import type { Condition, Entry, Episode, Moment, Rule } from '../../../telemetry/alarm/index.ts'
import { readings } from '../../../telemetry/index.ts'
import { aiFinding } from '../records/ai-finding.ts'
import { deviceAlarm } from '../records/device-alarm.ts'
import { framesOf } from './alarm-frames.ts'
import { keepLots, lotsThere } from './alarm-goods.ts'
import type { Standing, Watched } from './alarm-rules.ts'
import { boundWords, momentWords, readingWords, saidWords, valueWords } from './alarm-words.ts'

/** The same alarm has the same id, whoever derives it again. */
export function alarmIdOf(ruleId: string, deviceId: string, raisedAt: number): string {
  const digest = createHash('sha256').update(`${ruleId} ${deviceId} ${raisedAt}`).digest('hex')
  return `${uuidv7(raisedAt).slice(0, 15)}${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`
}

/** Alarms are written in the platform's name, in the book of the device's owner. */
export const engineActor = (device: Watched): Actor => ({
  userId: '',
  name: '报警引擎',
  role: 'city',
  ownerId: device.ownerId,
  ownerTitle: '平台',
  region: `${device.region.slice(0, 4)}00`,
  scopes: [],
})

export type Found = {
  standing: Standing
  device: Watched
  rule: Rule
  episode: Episode
  /** What was told of it before. */
  before?: Episode
  withdrawn?: boolean
}

const instant = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString())

const conditionOf = (rule: Rule, episode: Episode): Condition | undefined =>
  rule.groups.flat().find((each) => each.property === episode.property)

const evidenceMax = 30

/** The readings that led to it, newest last, with what of them is shown. */
async function evidenceOf(sql: ISql, { device, rule, episode }: Found) {
  const from = new Date(Math.min(episode.began, episode.raisedAt - 5 * rule.intervalMs))
  const found = await readings(sql, device.id, from, new Date(episode.raisedAt + 1))
  const shown = found.slice(-evidenceMax)
  const frames = await framesOf(sql, device.id, shown)
  return shown.map((reading, n) => ({
    at: reading.at.toISOString(),
    reading: readingWords(device.model, reading.values) || '（空）',
    ...(frames[n] && { frame: frames[n] }),
  }))
}

function titleOf({ standing, device, rule, episode }: Found): string {
  const condition = conditionOf(rule, episode)
  const property = propertyOf(device.model, episode.property)
  const said =
    condition?.test === 'silent'
      ? `${property?.title}没有数据`
      : `${property?.title} ${saidWords(device.model, episode.property, episode.value)}`
  return `${device.name}：${standing.record.name}，${said}`.slice(0, 120)
}

/** Every figure and instant of the alarm, as its record keeps them. */
function derivedOf(found: Found) {
  const { standing, device, rule, episode, withdrawn } = found
  const property = propertyOf(device.model, episode.property)
  const condition = conditionOf(rule, episode)
  return {
    beganAt: instant(episode.began),
    clearedAt: instant(episode.clearedAt),
    withdrawnAt: withdrawn ? instant(Date.now()) : null,
    level: episode.level,
    rule: standing.record.id,
    ruleVersion: rule.version,
    clause: standing.record.clause,
    // What is silent has no reading: its last one would mislead.
    value:
      condition?.test === 'silent'
        ? valueWords(property, undefined)
        : saidWords(device.model, episode.property, episode.value),
    bound: boundWords(device.model, condition, episode.limit),
    peak: episode.peak === undefined ? null : valueWords(property, episode.peak),
    calibrationDue: device.calibrationDue,
    course: episode.course.map((moment) => ({
      at: instant(moment.at),
      what: momentWords(device.model, episode, moment),
    })),
  }
}

async function writeAlarm(sql: ISql, store: Store, found: Found, id: string): Promise<void> {
  const { standing, device, episode, before } = found
  const derived = derivedOf(found)
  if (!before) {
    const evidence = await evidenceOf(sql, found)
    const goods = await lotsThere(sql, device, episode)
    await keepLots(sql, device.ownerId, id, goods)
    const made = await store.create(
      deviceAlarm as unknown as Kind,
      {
        id,
        ownerId: device.ownerId,
        title: titleOf(found),
        device: device.id,
        raisedAt: instant(episode.raisedAt),
        severity: standing.record.severity,
        advice: standing.record.advice,
      },
      () => ({ ...derived, evidence, goods }),
    )
    if (!made.known) return
  }
  const row = await store.read(deviceAlarm as unknown as Kind, id)
  const goods = episode.clearedAt ? { goods: await lotsThere(sql, device, episode) } : {}
  if (goods.goods) await keepLots(sql, device.ownerId, id, goods.goods)
  await store.change(deviceAlarm as unknown as Kind, id, { version: row.version }, () => ({ ...derived, ...goods }))
}

const percent = (value: unknown) => Math.round(Math.min(1, Math.max(0, Number(value) || 0)) * 100)

/** A machine's opinion: the picture and how sure it is, for a person to judge. */
async function writeFinding(sql: ISql, store: Store, found: Found, id: string): Promise<void> {
  const { standing, device, episode, before } = found
  if (!before) {
    const [seen] = await readings(sql, device.id, new Date(episode.raisedAt), new Date(episode.raisedAt + 1))
    const values = seen?.values ?? {}
    // A picture that never arrived does not keep the finding from being told.
    const { picture } = values
    const kept = typeof picture === 'string' ? await keptBy(sql, device.ownerId, [picture]) : []
    await store.create(
      aiFinding as unknown as Kind,
      {
        id,
        ownerId: device.ownerId,
        event: standing.record.name,
        device: device.id,
        seenAt: instant(episode.raisedAt),
        confidence: percent(values.confidence),
        picture: [...kept],
        ...(typeof values.track === 'string' ? { track: values.track.slice(0, 60) } : {}),
        severity: standing.record.severity,
        advice: standing.record.advice,
      },
      () => ({ rule: standing.record.id, clause: standing.record.clause }),
    )
  }
  if (episode.clearedAt === undefined) return
  const row = await store.read(aiFinding as unknown as Kind, id)
  await store.change(aiFinding as unknown as Kind, id, { version: row.version }, () => ({
    endedAt: instant(episode.clearedAt),
  }))
}

const told: readonly Moment['what'][] = ['raised', 'escalated', 'overdue', 'repeated']
const severe = { instant: 'bad', 'fix-by': 'warn', guidance: 'info' } as const
/** Stands for no county: what only the owner is told. */
const nobodyElse = '000000'

/**
 * Who is told: its owner of everything; the authorities of what must be dealt with at once, of what nobody answered and
 * of what became severe.
 */
async function tell(sql: ISql, found: Found, kind: string, id: string, now: Date): Promise<void> {
  const { standing, device, episode, before, rule } = found
  const known = new Set(before?.course.map((each) => `${each.what} ${each.at}`))
  const waiting = rule.confirm && episode.confirmedAt === undefined
  const there = await sql`select from alarm_lot where alarm_id = ${id}`
  for (const moment of episode.course) {
    if (!told.includes(moment.what) || known.has(`${moment.what} ${moment.at}`)) continue
    const alsoAuthority = !waiting && (standing.record.severity === 'instant' || moment.level > 1)
    const level = moment.level > 1 && !waiting ? 'bad' : waiting ? 'warn' : severe[standing.record.severity]
    const key = createHash('sha256').update(`${id} ${moment.what} ${moment.at}`).digest('hex')
    const notice = `${uuidv7(moment.at).slice(0, 15)}${key.slice(0, 3)}-8${key.slice(3, 6)}-${key.slice(6, 18)}`
    const title = waiting ? `待确认：${titleOf(found)}` : titleOf(found)
    const inside = there.length > 0 ? `当时在场 ${there.length} 个批次，请评估后再放行。` : ''
    const detail = `${momentWords(device.model, episode, moment)}。${inside}${standing.record.advice}`
    const fresh = await sql`insert into notice (owner_id, id, level, title, detail, kind, record_id, region, at)
      values (${device.ownerId}, ${notice}, ${level}, ${title}, ${detail.slice(0, 500)}, ${kind}, ${id},
        ${alsoAuthority ? device.region : nobodyElse}, ${now}) on conflict do nothing returning id`
    // One alarm is one line on a desk: what is said later of it stands in place of what was said before.
    const of = { kind, id, ownerId: device.ownerId }
    if (fresh.length > 0) await settleNotices(sql, of, { at: now, by: engineActor(device).name, except: notice })
  }
}

/** Writes what became of an alarm, through the one door for records, and tells whom it concerns. */
export async function record(sql: ISql, open: OpenDoor, found: Found, now: Date): Promise<void> {
  const { device, rule, episode } = found
  const store = open(sql, engineActor(device), now)
  const id = alarmIdOf(rule.id, device.id, episode.raisedAt)
  if (rule.confirm) await writeFinding(sql, store, found, id)
  else await writeAlarm(sql, store, found, id)
  await tell(sql, found, rule.confirm ? aiFinding.name : deviceAlarm.name, id, now)
}

/** What people did about an alarm, as the timeline has it. */
export type Act = { seq: string; deviceId: string; ruleId: string; entry: Extract<Entry, { act: string }> }
