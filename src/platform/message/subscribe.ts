import type { ISql } from 'postgres'
import type { Kind } from '../../language/index.ts'
import type { Change, Gathering } from '../operation.ts'

type Told = Pick<Change, 'kind' | 'id' | 'version' | 'at' | 'image'> & {
  account: string
  channel: string
  wish: string
}

/** Which changes some live subscriptions want; only those are read. The reach of an account is an equality on owner or region. */
async function wanted(sql: ISql, seqs: readonly string[], from: Date, about: Record<string, string>) {
  const subject = sql`(n.image ->> (${sql.json(about)}::jsonb ->> n.kind))`
  return sql<Told[]>`
    select s.account_id as account, c.name as channel, s.title as wish, n.kind, n.id, n.version, n.at, n.image
    from message_subscription s
    join change n on n.stream = 0 and n.seq = any(${seqs as string[]}::bigint[]) and n.at >= ${from} and n.kind = s.kind
      and (s.region is null or s.region = n.region) and n.image @> s.filter
      and (s.subject is null or s.subject = n.owner_id or s.subject::text = ${subject})
    cross join lateral channels_of(s.account_id, s.channels) c (name)
    where s.what = 'record' and s.ended_at is null
      and (account_reaches(s.account_id, n.owner_id, n.region) or account_reaches(s.account_id, ${subject}::uuid, n.region))`
}

function said(kind: Kind, change: Told): string {
  const words = kind.titleFields.map((name) => change.image[name]).filter((each) => typeof each === 'string')
  const state = String(change.image.state)
  const word = state === 'void' ? '已作废' : kind.states?.names[state]
  const act = change.version === 1 ? '新登记' : (word ?? '有修改')
  return `${kind.title}${act}：${words.join(' · ')}`
}

/** Follows the feed: whoever subscribed to a kind, a filter, a region or a subject is told of each change that fits. */
export function subscribers(kinds: ReadonlyMap<string, Kind>): Gathering {
  const about = Object.fromEntries(
    [...kinds.values()].flatMap(({ name, about }) => (about ? [[name, about] as const] : [])),
  )
  return {
    name: 'subscriptions',
    async take(sql, touched) {
      const subscribed = await sql<{ kind: string }[]>`
        select distinct kind from message_subscription where what = 'record' and ended_at is null`
      const own = touched.filter(({ kind }) => subscribed.some((each) => each.kind === kind))
      if (own.length === 0) return
      const from = new Date(Math.min(...own.map(({ at }) => at.getTime())))
      const told = await wanted(
        sql,
        own.map(({ seq }) => seq),
        from,
        about,
      )
      const rows = told.flatMap((change) => {
        const kind = kinds.get(change.kind)
        if (!kind) return []
        const isApp = change.channel === 'app'
        return [
          {
            id: crypto.randomUUID(),
            account_id: change.account,
            channel: change.channel,
            topic: 'subscription',
            level: 'info',
            title: said(kind, change).slice(0, 200),
            detail: `订阅：${change.wish}`,
            kind: change.kind,
            record_id: change.id,
            at: change.at,
            key: `change ${change.kind} ${change.id} ${change.version}`,
            state: isApp ? 'sent' : 'waiting',
            next_at: isApp ? null : change.at,
            sent_at: isApp ? change.at : null,
          },
        ]
      })
      if (rows.length > 0) await sql`insert into message ${sql(rows)} on conflict do nothing`
    },
  }
}
