import { choice } from '../../../language/index.ts'
import type { Operation } from '../../../platform/operation.ts'
import { announcement } from '../records/announcement.ts'
import { isFor, isInForce } from './audience.ts'
import type { Announced } from './wire.ts'

/** Announcements shown, newest first; older ones stand under 过期的. */
const shownMax = 200

/** 收到的公告 (D6.2.5.3): what authorities announced to the asking person's unit. */
export const listAnnouncements: Operation = {
  name: 'list-announcements',
  title: '收到的公告',
  help: '监管部门发给本单位的通知、公告、公文和警示。',
  fields: { view: choice({ title: '看哪些', options: { now: '有效的', past: '过期的' } }) },
  roles: ['city', 'county', 'enterprise'],
  async run({ sql, actor, now }, { view }) {
    const wanted = view === 'past' ? sql`n.state = 'issued' and not ${isInForce(sql, now)}` : isInForce(sql, now)
    const items = await sql<Announced[]>`
      select n.id, n.number, n.title, n.form, w.title as "from", n.updated_at as "issuedAt", n.holds_until::text as until,
        n.confirm_by::text as "confirmBy", r.read_at as "readAt", c.confirmed_at as "confirmedAt", c.name as "confirmedBy"
      from announcement n join owner w on w.id = n.owner_id
      join account a on a.id = ${actor.userId} join owner o on o.id = a.owner_id
      left join announcement_reader r on r.owner_id = a.owner_id and r.announcement_id = n.id and r.account_id = a.id
      left join lateral (
        select d.confirmed_at, p.name from announcement_reader d join account p on p.id = d.account_id
        where d.owner_id = a.owner_id and d.announcement_id = n.id and d.confirmed_at is not null
        order by d.confirmed_at limit 1) c on true
      where n.city = left(o.region, 4) || '00' and ${wanted} and ${isFor(sql)}
      order by n.updated_at desc, n.id limit ${shownMax}`
    const { options } = announcement.fields.form
    return {
      asOf: now.toISOString(),
      items: items.map(({ form, ...item }) => ({
        ...item,
        form: options[form as keyof typeof options],
        isWarning: form === 'warning',
      })),
    }
  },
}
