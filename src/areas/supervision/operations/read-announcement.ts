import type { ISql } from 'postgres'
import { Failure, notFound } from '../../../failure.ts'
import { reference } from '../../../language/index.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { Operation, Work } from '../../../platform/operation.ts'
import { announcement } from '../records/announcement.ts'
import { isFor } from './audience.ts'
import type { AnnouncementText } from './wire.ts'

type Found = Omit<AnnouncementText, 'id' | 'attachments'> & {
  ownerId: string
  attachments: AnnouncementText['attachments'] | null
}

/** What whoever an announcement is for does with it, on its page. */
const ofReader = {
  fields: { announcement: reference({ title: '公告', to: announcement.name, required: true }) },
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
} as const

/** An announcement that is out, for somebody whom it is for; absent and not for them are the same. */
async function received(sql: ISql, actor: Actor, id: string): Promise<Found> {
  const [found] = await sql<Found[]>`
    select n.owner_id as "ownerId", n.title, n.body, n.attachments, n.confirm_by::text as "confirmBy"
    from announcement n, account a join owner o on o.id = a.owner_id
    where n.id = ${id} and n.state = 'issued' and a.id = ${actor.userId} and ${isFor(sql)}`
  if (!found) throw notFound('这份公告')
  return found
}

/** Notes that somebody has seen it, once, and lets the unit open what is attached. */
async function noteRead({ sql, actor, now }: Work, id: string, found: Found): Promise<void> {
  await sql`insert into announcement_reader (owner_id, announcement_id, account_id, read_at)
    values (${actor.ownerId}, ${id}, ${actor.userId}, ${now}) on conflict do nothing`
  const sent = (found.attachments ?? []).map(({ sha256 }) => ({
    owner_id: found.ownerId,
    sha256,
    reader_id: actor.ownerId,
  }))
  if (sent.length > 0) await sql`insert into file_sent ${sql(sent)} on conflict do nothing`
  await sql`update message set read_at = ${now} where account_id = ${actor.userId} and channel = 'app' and read_at is null
    and topic = 'bulletin' and record_id = ${id}`
}

/** 看公告: its text and attachments, for those whom it is for; that they read it is noted. */
export const readAnnouncement: Operation = {
  name: 'read-announcement',
  title: '看公告',
  help: '公告的正文和附件。看过即记下。',
  ...ofReader,
  async run(work, input) {
    const id = String(input.announcement)
    const found = await received(work.sql, work.actor, id)
    await noteRead(work, id, found)
    const { title, body, attachments, confirmBy } = found
    return { id, title, body, attachments: attachments ?? [], confirmBy }
  },
}

/** 确认收到: once for the unit, by whoever of it does so first. */
export const confirmAnnouncement: Operation = {
  name: 'confirm-announcement',
  title: '确认收到',
  help: '代表本单位确认收到公告。',
  ...ofReader,
  async run(work, input) {
    const id = String(input.announcement)
    const found = await received(work.sql, work.actor, id)
    if (!found.confirmBy) throw new Failure(409, 'not-asked', '这份公告不需要确认')
    await noteRead(work, id, found)
    await work.sql`update announcement_reader set confirmed_at = ${work.now}
      where owner_id = ${work.actor.ownerId} and announcement_id = ${id} and account_id = ${work.actor.userId}
        and not exists (select from announcement_reader r where r.owner_id = ${work.actor.ownerId}
          and r.announcement_id = ${id} and r.confirmed_at is not null)`
    return { id }
  },
}
