import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { LookAnalysis, LookedAt, LookReport } from '../../trace/codes/wire.ts'
import { PlaceMap } from '../map/map.tsx'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { countOf, dayOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Rows } from '../ui/rows.tsx'
import { RegionFlows } from './region-flows.tsx'
import { Signals } from './signals.tsx'
import '../input/input.css'
import '../recall/recall.css'
import './codes.css'

const channels: Readonly<Record<string, string>> = {
  wechat: '微信',
  alipay: '支付宝',
  qq: 'QQ',
  browser: '浏览器',
  program: '其他程序',
}
const activities: Readonly<Record<string, string>> = {
  production: '生产',
  circulation: '流通',
  catering: '餐饮',
  storage: '贮存运输',
  supply: '原料供应',
}
const periods: readonly [number, string][] = [
  [7, '近 7 天'],
  [30, '近 30 天'],
  [90, '近 90 天'],
  [365, '近一年'],
]
const groups = { gtin: '产品', foodClass: '食品类别', activity: '主体类型', region: '县区' } as const
type Group = keyof typeof groups

const sum = (list: readonly { looks: number }[]) => list.reduce((all, { looks }) => all + looks, 0)
const share = (part: number, whole: number) => (whole > 0 ? `${((part / whole) * 100).toFixed(1)} %` : '—')

/** Looks day by day as bars; each says its day and number. */
function Days({ days, from, to }: { days: LookAnalysis['days']; from: string; to: string }) {
  const known = new Map(days.map((one) => [one.day, one]))
  const all: string[] = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000)
    all.push(new Date(at).toISOString().slice(0, 10))
  const most = Math.max(1, ...days.map(({ looks }) => looks))
  return (
    <section className="card ordercard">
      <h2>每天的查询次数</h2>
      <div
        className="lookdays"
        // A year of bars with gaps between them is wider than a phone.
        style={all.length > 60 ? { gap: 0 } : undefined}
        role="img"
        aria-label={`${from} 到 ${to} 每天的查询次数，最多 ${countOf(most)} 次`}
      >
        {all.map((day) => {
          const looks = known.get(day)?.looks ?? 0
          return <i key={day} title={`${day}：${countOf(looks)} 次`} style={{ height: `${(looks / most) * 100}%` }} />
        })}
      </div>
      <p className="lookends">
        <span>{from}</span>
        <span>最多一天 {countOf(most)} 次</span>
        <span>{to}</span>
      </p>
    </section>
  )
}

/** More or fewer than in the time it is held against; with nothing there, nothing can be said. */
const change = (now: number, then: number) =>
  then === 0 ? '—' : `${now >= then ? '+' : '−'}${Math.abs(((now - then) / then) * 100).toFixed(1)} %`

type Line = Pick<LookedAt, 'looks' | 'before' | 'lastYear' | 'firsts' | 'codes' | 'seen'> & {
  key: string
  title: string
  sub?: string
}

function grouped(products: readonly LookedAt[], group: Group, titleOf: (product: LookedAt) => string): Line[] {
  const lines = new Map<string, Line>()
  for (const product of products) {
    const key = String(product[group] ?? '')
    const known = lines.get(key)
    const { looks, before, lastYear, firsts, codes, seen } = product
    if (!known) {
      const sub = group === 'gtin' ? `${product.gtin} · ${product.owner}` : undefined
      lines.set(key, {
        key,
        title: titleOf(product),
        ...(sub && { sub }),
        looks,
        before,
        lastYear,
        firsts,
        codes,
        seen,
      })
    } else {
      known.looks += looks
      known.before += before
      known.lastYear += lastYear
      known.firsts += firsts
      known.codes += codes
      known.seen += seen
    }
  }
  return [...lines.values()].sort((a, b) => b.looks - a.looks)
}

/** What shoppers look at: when, through what, which goods, where; and what speaks for copied codes. */
export default function Looks() {
  const { regions } = useCatalogue()
  const [length, setLength] = useState(30)
  const [group, setGroup] = useState<Group>('gtin')
  const to = dayOf(Date.now())
  const from = new Date(Date.parse(to) - (length - 1) * 86_400_000).toISOString().slice(0, 10)
  const { data, error, refetch } = useQuery({
    queryKey: ['look-analysis', from, to],
    queryFn: ({ signal }) => read<LookReport>('/api/v1/look-analysis', { from, to }, signal),
  })
  const points = useMemo(
    () =>
      (data?.places ?? []).map(({ lng, lat, looks }) => ({
        id: `${lng} ${lat}`,
        at: { lng, lat },
        title: `${countOf(looks)} 次`,
      })),
    [data],
  )
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={6} />
  const titleOf = (product: LookedAt): string => {
    if (group === 'gtin') return product.name ?? '没有备案的产品'
    if (group === 'foodClass') return product.foodClass ?? '没有备案'
    if (group === 'activity') return activities[product.activity ?? ''] ?? '没有登记'
    return regions.find(({ code }) => code === product.region)?.title ?? product.region
  }
  const codes = data.products.reduce((all, one) => all + one.codes, 0)
  const seen = data.products.reduce((all, one) => all + one.seen, 0)
  const firsts = data.days.reduce((all, one) => all + one.firsts, 0)
  const total = sum(data.days)
  const tiles: [string, string][] = [
    ['查询次数', countOf(total)],
    ['首次被查的码', countOf(firsts)],
    ['码的首查率', share(seen, codes)],
    ...data.channels
      .slice(0, 2)
      .map(({ channel, looks }): [string, string] => [`${channels[channel] ?? channel}占比`, share(looks, total)]),
  ]
  return (
    <>
      <Head
        title={
          total === 0
            ? '这段时间还没有消费者查询'
            : `${periods.find(([days]) => days === length)?.[1]}被查 ${countOf(total)} 次`
        }
        sub="首查率：申领的码里被消费者查过的有多少。只计次数，不记是谁查的。"
      >
        <select
          className="in short"
          aria-label="多长时间"
          value={length}
          onChange={(event) => setLength(Number(event.target.value))}
        >
          {periods.map(([days, title]) => (
            <option key={days} value={days}>
              {title}
            </option>
          ))}
        </select>
      </Head>
      <div className="tiles">
        {tiles.map(([title, value]) => (
          <div className="tile" key={title}>
            <small>{title}</small>
            <b>{value}</b>
          </div>
        ))}
      </div>
      <div className="lookparts">
        <Signals />
        <Days days={data.days} from={from} to={to} />
        <Rows
          title="查的是什么"
          side={
            <select
              className="in short"
              aria-label="按什么分"
              value={group}
              onChange={(event) => setGroup(event.target.value as Group)}
            >
              {Object.entries(groups).map(([value, title]) => (
                <option key={value} value={value}>
                  按{title}
                </option>
              ))}
            </select>
          }
          empty="这段时间没有商品被查"
          items={grouped(data.products, group, titleOf)}
          keyOf={({ key }) => key}
          columns={[
            {
              title: groups[group],
              of: ({ title, sub }) => (
                <>
                  {title}
                  {sub && <small>{sub}</small>}
                </>
              ),
            },
            { title: '查询次数', of: ({ looks }) => countOf(looks), as: 'figure' },
            { title: '较上期', of: (line) => change(line.looks, line.before), as: 'figure' },
            { title: '较去年同期', of: (line) => change(line.looks, line.lastYear), as: 'figure' },
            { title: '首次被查', of: ({ firsts: first }) => countOf(first), as: 'figure' },
            { title: '已申领码', of: (line) => countOf(line.codes), as: 'figure' },
            { title: '首查率', of: (line) => share(line.seen, line.codes), as: 'figure' },
          ]}
        />
        <RegionFlows flows={data.flows} truncated={data.flowsTruncated} />
        {points.length > 0 && (
          <section className="card ordercard">
            <h2>在哪里查的</h2>
            <PlaceMap points={points} title="带位置的消费者查询" height={360} />
          </section>
        )}
      </div>
    </>
  )
}
