import { useQueries, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type MapLine, type MapPoint, PlaceMap } from '../map/map.tsx'
import { csv } from '../record/csv.ts'
import { save } from '../record/download.ts'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import type { Row } from '../shell/row.ts'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { type Answer, amountWord, type Holder, holderWord, pooled, type Quantity } from './answer.ts'
import { shortId } from './evidence.tsx'
import { HolderLink, type OwnerFile, useOwnerFiles } from './owner-files.tsx'

type Flow = {
  key: string
  from?: Holder
  to?: Holder
  goods: (Quantity & { key: string; lot?: string })[]
  sentAt?: string
  receivedAt?: string
  state: 'received' | 'on-the-way' | 'receipt-only'
  events: string[]
}
type Route = { from: Holder; to: Holder; quantities: Quantity[]; movements: number; first: string; last: string }
type Gap = { kind: string; key: string; name?: string; time?: string; from?: Holder; to?: Holder; events: string[] }
type Journey = { flows: Flow[]; routes: Route[]; gaps: Gap[] }

/** What went from one to another in one go, in however many cases, is one line. */
function inOneGo(flows: readonly Flow[]): Flow[] {
  const goes = Map.groupBy(flows, ({ from, to, sentAt, receivedAt, state }) =>
    JSON.stringify([from?.id, to?.id, sentAt, receivedAt, state]),
  )
  return [...goes.values()].map((go) => ({
    ...(go[0] as Flow),
    goods: go.flatMap(({ goods }) => goods),
    events: [...new Set(go.flatMap(({ events }) => events))],
  }))
}

const stateWords: Readonly<Record<Flow['state'], string>> = {
  received: '已收到',
  'on-the-way': '还没有签收',
  'receipt-only': '没有发货记录',
}

const gapWords: Readonly<Record<string, string>> = {
  'receipt-without-shipment': '有收货没有发货',
  'never-received': '发出后没有签收',
  'from-nowhere': '来路不明',
  'making-without-output': '投料后没有产出',
  'no-place': '不知在何处',
  hidden: '前后还有，无权查看',
}

const contactsMax = 60

/** Whom to call: lists hide it, so that each file is opened by itself, and none that is not open to this reader. */
function useContacts({ holders }: Answer): ReadonlyMap<string, OwnerFile> {
  const files = useOwnerFiles()
  const kind = useCatalogue().kinds.find(({ isOwner }) => isOwner)?.name
  const ids = [...new Set(holders.flatMap(({ ownerId }) => ownerId ?? []))].filter((id) => files.has(id))
  const known = ids.slice(0, contactsMax)
  const opened = useQueries({
    queries: known.map((id) => ({
      queryKey: ['record', kind, id],
      queryFn: () => read<Row>(`/api/v1/records/${kind}/${id}`),
      retry: false,
      staleTime: 300_000,
    })),
  })
  return new Map(
    known.flatMap((id, index) => {
      const row = opened[index]?.data
      return row ? [[id, row as unknown as OwnerFile] as const] : []
    }),
  )
}

type Contacts = ReadonlyMap<string, OwnerFile>

function Party({ holder, contacts }: { holder: Holder | undefined; contacts: Contacts }) {
  const known = holder?.ownerId ? contacts.get(holder.ownerId) : undefined
  return (
    <>
      <HolderLink holder={holder} />
      {known && (known.contact || known.phone) && (
        <small>{[known.contact, known.phone].filter(Boolean).join(' ')}</small>
      )}
    </>
  )
}

/** Points at one place are one cluster: what is chosen there is listed by the map itself. */
function FlowMap({ routes, answer }: { routes: readonly Route[]; answer: Answer }) {
  const files = useOwnerFiles()
  const { units, mapTiles } = useCatalogue()
  const [chosen, choose] = useState<string>()
  const placeOf = (holder: Holder) => (holder.ownerId ? files.get(holder.ownerId)?.place : undefined)
  const points: MapPoint[] = answer.holders.flatMap((holder) => {
    const at = placeOf(holder)
    if (!at) return []
    const now = holder.now.map((each) => `${each.name ?? ''} ${amountWord(each, units)}`.trim())
    return [
      {
        id: holder.id,
        at,
        title: holderWord(holder),
        note: now.length > 0 ? `现有 ${now.join('；')}` : '现在没有',
        tone: now.length > 0 ? ('warn' as const) : ('info' as const),
      },
    ]
  })
  const most = Math.max(1, ...routes.map(({ movements }) => movements))
  const lines: MapLine[] = routes.flatMap((route) => {
    const [from, to] = [placeOf(route.from), placeOf(route.to)]
    if (!from || !to) return []
    const goods = route.quantities.map((each) => `${each.name ?? ''} ${amountWord(each, units)}`.trim()).join('；')
    const title = `${holderWord(route.from)} → ${holderWord(route.to)}：${goods}，${route.movements} 次`
    return [
      {
        id: `${route.from.id} ${route.to.id}`,
        path: [from, to],
        title,
        weight: route.movements / most,
        directed: true,
      },
    ]
  })
  const missing = answer.holders.length - points.length
  const told = lines.find(({ id }) => id === chosen)?.title
  return (
    <section className="card">
      <h2>流向图</h2>
      <PlaceMap
        points={points}
        lines={lines}
        chosen={chosen}
        choose={choose}
        title="货物流向图"
        height={460}
        tiles={mapTiles}
      />
      <p className="sub" style={{ padding: '8px 18px 12px' }}>
        {told ??
          `橙色的单位现在有货，线越粗走得越多。${missing > 0 ? `${missing} 家的位置没有登记或不对您公开，没有画出。` : ''}`}
      </p>
    </section>
  )
}

function exportFlows(flows: readonly Flow[], contacts: Contacts, units: Record<string, string>): void {
  const party = (holder?: Holder) => {
    const known = holder?.ownerId ? contacts.get(holder.ownerId) : undefined
    return [holderWord(holder), known?.contact ?? '', known?.phone ?? '', known?.address ?? '']
  }
  const head = [
    '发货单位',
    '联系人',
    '电话',
    '地址',
    '收货单位',
    '联系人',
    '电话',
    '地址',
    '货物',
    '发货时间',
    '收货时间',
    '状态',
    '依据',
  ]
  const rows = flows.map((flow) => [
    ...party(flow.from),
    ...party(flow.to),
    pooled(flow.goods)
      .map((each) => `${each.name ?? ''} ${each.lot ?? ''} ${amountWord(each, units)}`.trim())
      .join('；'),
    flow.sentAt ? minuteOf(flow.sentAt) : '',
    flow.receivedAt ? minuteOf(flow.receivedAt) : '',
    stateWords[flow.state],
    flow.events.join(' '),
  ])
  save('流向表.csv', csv([head, ...rows]))
}

const goodsShown = 4

function Goods({ goods }: { goods: Flow['goods'] }) {
  const { units } = useCatalogue()
  return (
    <>
      {goods.slice(0, goodsShown).map((each) => (
        <span className="amount" key={`${each.key} ${each.uom}`}>
          <span className="sub">{[each.name, each.lot].filter(Boolean).join(' ')} </span>
          <span className="nowrap">{amountWord(each, units)}</span>
        </span>
      ))}
      {goods.length > goodsShown && <small>等 {goods.length} 种，导出可看全部</small>}
    </>
  )
}

function FlowTable(props: { flows: readonly Flow[]; contacts: Contacts; open(id: string): void }) {
  const { flows, contacts, open } = props
  const { units } = useCatalogue()
  return (
    <Rows
      title="流向表"
      side={
        <button type="button" className="button small noprint" onClick={() => exportFlows(flows, contacts, units)}>
          导出
        </button>
      }
      items={flows.slice(0, 200)}
      keyOf={({ key, events }) => `${key} ${events.join(' ')}`}
      columns={[
        {
          title: '谁发',
          of: ({ from }) => <Party holder={from} contacts={contacts} />,
          by: ({ from }) => holderWord(from),
        },
        { title: '发给谁', of: ({ to }) => <Party holder={to} contacts={contacts} />, by: ({ to }) => holderWord(to) },
        {
          title: '什么',
          of: ({ goods }) => <Goods goods={pooled(goods)} />,
        },
        {
          title: '发货',
          as: 'short',
          of: ({ sentAt }) => (sentAt ? minuteOf(sentAt).slice(5) : '—'),
          by: ({ sentAt }) => sentAt ?? '',
        },
        {
          title: '收货',
          as: 'short',
          of: ({ receivedAt, state }) => (
            <>
              {receivedAt ? minuteOf(receivedAt).slice(5) : '—'}
              {state !== 'received' && <Tag tone="warn">{stateWords[state]}</Tag>}
            </>
          ),
          by: ({ receivedAt }) => receivedAt ?? '',
        },
        {
          title: '依据',
          of: ({ events }) => (
            <>
              {events.slice(0, 2).map((id, index) => (
                <span className="nowrap" key={id}>
                  {index > 0 && '、'}
                  <button type="button" className="link" onClick={() => open(id)}>
                    事件 {index + 1}
                  </button>
                </span>
              ))}
              {events.length > 2 && <span className="muted"> 等 {events.length} 个</span>}
            </>
          ),
        },
      ]}
      foot={
        flows.length > 200 && (
          <p className="sub" style={{ padding: '8px 18px 14px' }}>
            只列出前 200 行，其余的可以导出查看。
          </p>
        )
      }
    />
  )
}

const gapsShown = 100

function Gaps({ gaps, open }: { gaps: readonly Gap[]; open(id: string): void }) {
  if (gaps.length === 0) return <p className="note good">链条完整，没有缺口。</p>
  return (
    <Rows
      title={`记录的缺口${gaps.length > gapsShown ? `（前 ${gapsShown} 处，共 ${gaps.length} 处）` : ''}`}
      items={gaps.slice(0, gapsShown)}
      keyOf={({ kind, key, events }) => `${kind} ${key} ${events.join(' ')}`}
      columns={[
        {
          title: '物品',
          of: ({ name, key }) => (
            <>
              {name} <span className="mono muted">{shortId(key)}</span>
            </>
          ),
          by: ({ name }) => name ?? '',
        },
        {
          title: '缺什么',
          as: 'short',
          of: ({ kind }) => <Tag tone="warn">{gapWords[kind] ?? kind}</Tag>,
          by: ({ kind }) => kind,
        },
        {
          title: '谁和谁',
          of: ({ from, to }) => [holderWord(from), holderWord(to)].filter(Boolean).join(' → ') || '—',
        },
        {
          title: '时间',
          as: 'short',
          of: ({ time, events: [event] }) => (
            <>
              {time ? minuteOf(time) : '—'}{' '}
              {event && (
                <button type="button" className="link" onClick={() => open(event)}>
                  依据
                </button>
              )}
            </>
          ),
          by: ({ time }) => time ?? '',
        },
      ]}
    />
  )
}

type Lot = Record<
  'produced' | 'entered' | 'used' | 'sold' | 'returned' | 'destroyed' | 'stock' | 'inTransit' | 'unaccounted',
  string
> & {
  key: string
  lot?: string
  name?: string
  uom?: string
  isBalanced: boolean
  flags: { kind: 'overdraw' | 'short' | 'over'; holder: Holder; quantity: string; event: string }[]
}

const lotsShown = 100
const flagWords = { overdraw: '出大于进', short: '盘点少了', over: '盘点多了' } as const

/** Where each lot's quantity went: what came must be what went and what is left. */
function BalanceTable({ id, asOf, open }: { id: string; asOf: string | undefined; open(id: string): void }) {
  const { units } = useCatalogue()
  const { data, error, refetch } = useQuery({
    queryKey: ['balance', id, asOf],
    queryFn: ({ signal }) =>
      read<{ lots: Lot[]; truncated: boolean }>('/api/v1/trace/balance', { id, asOf, chain: 'true' }, signal),
    retry: false,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data || data.lots.length === 0) return null
  const amount = (lot: Lot, ...quantities: string[]) => {
    const total = quantities.reduce((sum, each) => sum + Number(each), 0)
    if (total === 0) return <span className="muted">—</span>
    return amountWord({ quantity: String(Math.round(total * 1e6) / 1e6), uom: lot.uom }, units)
  }
  return (
    <Rows
      title="数量账"
      items={data.lots.slice(0, lotsShown)}
      keyOf={({ key, uom }) => `${key} ${uom}`}
      columns={[
        {
          title: '批次',
          of: ({ name, lot }) => (
            <>
              {name} <span className="mono muted">{lot}</span>
            </>
          ),
          by: ({ name, lot }) => `${name} ${lot}`,
        },
        { title: '产出和进入', of: (lot) => amount(lot, lot.produced, lot.entered) },
        { title: '用掉', of: (lot) => amount(lot, lot.used) },
        { title: '售出', of: (lot) => amount(lot, lot.sold) },
        { title: '退回', of: (lot) => amount(lot, lot.returned) },
        { title: '销毁', of: (lot) => amount(lot, lot.destroyed) },
        { title: '库存和在途', of: (lot) => amount(lot, lot.stock, lot.inTransit) },
        {
          title: '对不上的',
          of: (lot) => (
            <>
              {lot.isBalanced && lot.flags.length === 0 ? <Tag tone="good">平</Tag> : amount(lot, lot.unaccounted)}
              {lot.flags.slice(0, 3).map((flag) => (
                <button type="button" className="link" key={flag.event + flag.kind} onClick={() => open(flag.event)}>
                  {holderWord(flag.holder)} {flagWords[flag.kind]}{' '}
                </button>
              ))}
            </>
          ),
          by: ({ isBalanced, flags }) => (isBalanced ? 0 : 1) + flags.length,
        },
      ]}
    >
      <p className="sub" style={{ padding: '0 18px 10px' }}>
        产出和进入应等于用掉、售出（减退回）、销毁、库存和在途之和，差的列在最后。
        {data.truncated && <b>物品太多，只算到一部分，这本账不全。</b>}
        {data.lots.length > lotsShown && `只列出前 ${lotsShown} 个批次，共 ${data.lots.length} 个。`}
      </p>
    </Rows>
  )
}

type Props = { answer: Answer; asOf: string | undefined; open(id: string): void }

/** The way of goods between people: on the map, as a table with whom to call, and where the telling has holes. */
export default function Flows({ answer, asOf, open }: Props) {
  const { id, direction } = answer
  const { data, error, refetch } = useQuery({
    queryKey: ['journey', id, direction, asOf],
    queryFn: ({ signal }) => read<Journey>('/api/v1/trace/journey', { id, direction, asOf }, signal),
  })
  const contacts = useContacts(answer)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={6} />
  return (
    <div className="flows">
      <FlowMap routes={data.routes} answer={answer} />
      <FlowTable flows={inOneGo(data.flows)} contacts={contacts} open={open} />
      <BalanceTable id={id} asOf={asOf} open={open} />
      <Gaps gaps={data.gaps} open={open} />
    </div>
  )
}
