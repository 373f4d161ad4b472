import { reference } from '../../../language/index.ts'
import type { Operation } from '../../../platform/operation.ts'
import { announcement } from '../records/announcement.ts'
import { isFor } from './audience.ts'
import type { Reached } from './wire.ts'

/** Units named that have not read or not confirmed; the rest are counted. */
const namedMax = 200

/** 阅读情况 (D6.2.5.3): whom an announcement is for, and how many of them have read it; of a draft, whom it would reach. */
export const announcementReach: Operation = {
  name: 'announcement-reach',
  title: '阅读情况',
  help: '公告发给多少单位，多少已看、已确认，还差谁。',
  fields: { announcement: reference({ title: '公告', to: announcement.name, required: true }) },
  roles: ['city', 'county'],
  ofPage: true,
  async run({ sql, store, now }, input) {
    const { id, confirmBy } = (await store.read(announcement, String(input.announcement))) as {
      id: string
      confirmBy?: string
    }
    const units = sql`
      select o.id, o.title, o.region, count(*)::int as people, bool_or(r.read_at is not null) as read,
        bool_or(r.confirmed_at is not null) as confirmed
      from announcement n, account a join owner o on o.id = a.owner_id
      left join announcement_reader r on r.owner_id = a.owner_id and r.announcement_id = ${id} and r.account_id = a.id
      where n.id = ${id} and ${isFor(sql)} group by o.id, o.title, o.region`
    const [counted] = await sql<Pick<Reached, 'units' | 'people' | 'read' | 'confirmed'>[]>`
      select count(*)::int as units, coalesce(sum(people), 0)::int as people, count(*) filter (where read)::int as read,
        count(*) filter (where confirmed)::int as confirmed from (${units}) u`
    const missing = await sql<Reached['missing']>`
      select id, title, region, read as "hasRead" from (${units}) u
      where ${confirmBy ? sql`not confirmed` : sql`not read`} order by read, region, title limit ${namedMax}`
    return { asOf: now.toISOString(), ...counted, confirmBy: confirmBy ?? null, missing }
  },
}
