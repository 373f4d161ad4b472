import { randomUUID } from 'node:crypto'
import type { ISql, JSONValue } from 'postgres'

export type Command = {
  id: string
  deviceId: string
  name: string
  parameters: Readonly<Record<string, unknown>>
  createdAt: Date
  attempts: number
}

export type Told = Command & {
  state: 'waiting' | 'sent' | 'done' | 'refused' | 'timed-out'
  createdBy: string
  sentAt: Date | null
  answeredAt: Date | null
  answer: string | null
}

export type NewCommand = {
  deviceId: string
  ownerId: string
  name: string
  parameters: Readonly<Record<string, unknown>>
  by: string
  now: Date
  /** It is given up when it was not answered by then. */
  expiresAt: Date
}

/** A command that is not answered is sent again after this long, and at once when its device connects. */
const resendMs = 15_000

/** Keeps a command until its device has answered it, or its time is over. */
export async function queueCommand(sql: ISql, command: NewCommand): Promise<string> {
  const id = randomUUID()
  await sql`insert into device_command (id, device_id, owner_id, name, parameters, created_by, created_at, expires_at)
    values (${id}, ${command.deviceId}, ${command.ownerId}, ${command.name}, ${sql.json(command.parameters as JSONValue)},
      ${command.by}, ${command.now}, ${command.expiresAt})`
  return id
}

const columns = (sql: ISql) => sql`id, device_id as "deviceId", name, parameters, created_at as "createdAt", attempts`

/** What should be sent now, oldest first: what never was, and what was sent without an answer; all of a device that has just connected. */
export async function commandsToSend(sql: ISql, now: Date, connected?: string): Promise<Command[]> {
  return sql<Command[]>`
    select ${columns(sql)} from device_command
    where state in ('waiting', 'sent') and expires_at > ${now}
      and ${connected ? sql`device_id = ${connected}` : sql`(sent_at is null or sent_at < ${new Date(now.getTime() - resendMs)})`}
    order by created_at limit 500`
}

export async function commandSent(sql: ISql, id: string, now: Date): Promise<void> {
  await sql`update device_command set state = 'sent', sent_at = ${now}, attempts = attempts + 1
    where id = ${id} and state in ('waiting', 'sent')`
}

/** The device's answer; one that comes after the end, or from another device, changes nothing. */
export async function commandAnswered(
  sql: ISql,
  answer: { id: string; deviceId: string; ok: boolean; text?: string },
  now: Date,
): Promise<boolean> {
  const rows = await sql`update device_command set state = ${answer.ok ? 'done' : 'refused'}, answered_at = ${now},
    answer = ${answer.text?.slice(0, 200) ?? null}
    where id::text = ${answer.id} and device_id = ${answer.deviceId} and state in ('waiting', 'sent') returning id`
  return rows.length > 0
}

/** Gives up what nobody answered in time; how many. */
export async function expireCommands(sql: ISql, now: Date): Promise<number> {
  const rows =
    await sql`update device_command set state = 'timed-out' where state in ('waiting', 'sent') and expires_at <= ${now} returning id`
  return rows.length
}

/** The last commands of a device, newest first. */
export async function commandsOf(sql: ISql, deviceId: string, limit = 20): Promise<Told[]> {
  return sql<Told[]>`
    select ${columns(sql)}, state, created_by as "createdBy", sent_at as "sentAt", answered_at as "answeredAt", answer
    from device_command where device_id = ${deviceId} order by created_at desc limit ${limit}`
}
