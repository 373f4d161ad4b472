import type { Reading } from '../../telemetry/index.ts'
import type { Credential } from './gate.ts'
import { readTime, readValues, renamed } from './values.ts'

/** Readings in one message: what a gateway kept for a day at one a minute, and some. */
const readingsMax = 2000

/**
 * The readings of a JSON message: `{at?, values}`, flat values, or a list of either (store and forward, with old times);
 * or the sentence that says what is wrong.
 */
export function readMessage(message: unknown, credential: Credential, receivedAt: Date): Reading[] | string {
  const list = Array.isArray(message) ? message : [message]
  if (list.length === 0) return '内容是空的'
  if (list.length > readingsMax) return `一次最多 ${readingsMax} 条，现在 ${list.length} 条`
  const readings: Reading[] = []
  for (const [index, item] of list.entries()) {
    const place = Array.isArray(message) ? `第 ${index + 1} 条：` : ''
    const read = readOne(item, credential, receivedAt)
    if (typeof read === 'string') return place + read
    readings.push(read)
  }
  return readings
}

function readOne(item: unknown, { deviceId, ownerId, variant }: Credential, receivedAt: Date): Reading | string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return '应为对象'
  const { at: given, values: nested, ...flat } = item as Record<string, unknown>
  const at = given === undefined ? receivedAt : readTime(given)
  if (!at) return 'at 应为带时区的时间或毫秒数，例如 2026-07-22T14:45:00+08:00'
  const values = readValues(nested === undefined ? flat : nested)
  if (typeof values === 'string') return values
  return { deviceId, ownerId, at, receivedAt, values: renamed(values, variant) }
}

export const noEvent = '没有说明是什么事件（event）'

/** Whether a push says what happened: `event`, or `eventType` as cameras say it. */
export function isEvent(message: unknown): boolean {
  const { event, eventType } = (message ?? {}) as { event?: unknown; eventType?: unknown }
  const name = event ?? eventType
  return typeof name === 'string' && name.length > 0 && name.length <= 200
}
