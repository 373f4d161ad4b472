import { useQuery } from '@tanstack/react-query'
import type { Effect, HolderProgress, Progress } from '../../areas/response/operations/wire.ts'
import { call } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { minuteOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { amountWord } from '../trace/answer.ts'
import { bizStepWords } from '../trace/words.ts'
import { Waiting } from '../ui/empty.tsx'
import { Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { recallParts, taskWords } from './answer.ts'
import { DrillBand } from './drill.tsx'
import { ScopeView, Tile } from './scope.tsx'

const layouts: readonly [string, string][] = [
  ['print', '打印报告'],
  ['word', 'Word'],
  ['excel', 'Excel'],
  ['fsma204', 'FSMA 204 表'],
]

const reportAddress = (order: string, layout: string) =>
  `/api/v1/operations/recall-report/document?${new URLSearchParams({ order, layout })}`

/** How long is left, or how long it is over. */
function left(until: string, now: string): { text: string; isOver: boolean } {
  const minutes = Math.round((Date.parse(until) - Date.parse(now)) / 60_000)
  const span = Math.abs(minutes)
  const text = span >= 120 ? `${Math.floor(span / 60)} 小时` : `${span} 分钟`
  return { text: minutes < 0 ? `超时 ${text}` : `还剩 ${text}`, isOver: minutes < 0 }
}

function State({ holder, now }: { holder: HolderProgress; now: string }) {
  if (holder.acknowledgedAt)
    return (
      <>
        <Tag tone={holder.state === 'verified' ? 'good' : holder.isLate ? 'warn' : 'info'}>
          {taskWords[holder.state] ?? holder.state}
        </Tag>
        <small>
          {minuteOf(holder.acknowledgedAt).slice(5)} 确认{holder.isLate && '，超时'}
        </small>
      </>
    )
  const { text, isOver } = left(holder.dueAt, now)
  return (
    <>
      <Tag tone={isOver ? 'bad' : 'warn'}>待确认</Tag>
      <small>{text}</small>
    </>
  )
}

function Effects({
  effect,
  name,
}: {
  effect: readonly Effect[]
  name: 'involved' | 'returned' | 'destroyed' | 'lost'
}) {
  const { units } = useCatalogue()
  const told = effect.filter((each) => Number(each[name]) > 0)
  if (told.length === 0) return <span className="muted">—</span>
  return told.map((each) => (
    <span className="amount nowrap" key={each.unit}>
      {amountWord({ quantity: each[name], uom: each.unit === 'EA' ? undefined : each.unit }, units)}
    </span>
  ))
}

function HolderTable({ progress, taskKind }: { progress: Progress; taskKind: string | undefined }) {
  const { regions } = useCatalogue()
  if (progress.holders.length === 0) return null
  return (
    <Rows
      title="每个持有单位"
      items={progress.holders}
      keyOf={({ task }) => task}
      columns={[
        {
          title: '单位',
          of: (holder) => (
            <>
              {taskKind ? <Link to={path.record(taskKind, holder.task)}>{holder.title}</Link> : holder.title}
              <small>
                {regions.find(({ code }) => code === holder.region)?.title}
                {holder.contact && ` · ${holder.contact}`}
              </small>
            </>
          ),
          by: ({ title }) => title,
        },
        {
          title: '确认',
          of: (holder) => <State holder={holder} now={progress.asOf} />,
          by: ({ acknowledgedAt }) => acknowledgedAt ?? '',
        },
        ...(progress.holders.some(({ excess }) => excess.length > 0)
          ? [
              {
                title: '核对',
                of: ({ excess }: HolderProgress) =>
                  excess.length === 0 ? (
                    <span className="muted">—</span>
                  ) : (
                    <>
                      <Tag tone="warn">报告多于涉及</Tag>
                      <small>{excess.join('、')}</small>
                    </>
                  ),
              },
            ]
          : []),
        ...(['involved', 'returned', 'destroyed', 'lost'] as const).map((name, index) => ({
          title: ['涉及', '追回', '销毁', '无法追回'][index] as string,
          of: ({ effect }: HolderProgress) => <Effects effect={effect} name={name} />,
        })),
        {
          title: '追回率',
          of: ({ effect }) => effect.map(({ rate }) => `${rate}%`).join(' · ') || '—',
          by: ({ effect }) => Math.min(100, ...effect.map(({ rate }) => Number(rate))),
        },
      ]}
    />
  )
}

type Moved = Progress['breaches'][number]

const Goods = ({ of }: { of: string }) => (
  <Link to={path.trace(of)} className="mono">
    {decodeURIComponent(of.replace('https://id.gs1.org', ''))}
  </Link>
)

/** Held goods that moved all the same, or are said only now to have moved before the hold. */
function Breaches({ title, items }: { title: string; items: readonly Moved[] }) {
  if (items.length === 0) return null
  return (
    <Rows
      title={title}
      items={items}
      keyOf={({ key, eventId }) => `${key} ${eventId}`}
      columns={[
        { title: '单位', of: ({ who }) => who, by: ({ who }) => who },
        { title: '封存货物', of: ({ key }) => <Goods of={key} /> },
        { title: '做了什么', of: ({ bizStep }) => bizStepWords[bizStep] ?? bizStep },
        { title: '发生', as: 'short', of: ({ eventTime }) => minuteOf(eventTime), by: ({ eventTime }) => eventTime },
        {
          title: '上报',
          as: 'short',
          of: ({ recordTime }) => minuteOf(recordTime),
          by: ({ recordTime }) => recordTime,
        },
      ]}
    />
  )
}

/** Who wanted to hand held goods on: refused, and worth a visit. */
function Attempts({ progress }: { progress: Progress }) {
  if (progress.attempts.length === 0) return null
  return (
    <Rows
      title="拦下的发货和销售"
      items={progress.attempts}
      keyOf={({ key, who }) => `${key} ${who}`}
      columns={[
        { title: '单位', of: ({ who }) => who, by: ({ who }) => who },
        { title: '封存货物', of: ({ key }) => <Goods of={key} /> },
        { title: '想做', of: ({ bizStep }) => bizStepWords[bizStep] ?? bizStep },
        { title: '次数', of: ({ times }) => times, by: ({ times }) => times },
        { title: '最近', as: 'short', of: ({ lastAt }) => minuteOf(lastAt), by: ({ lastAt }) => lastAt },
      ]}
    />
  )
}

/** Why a recall has nobody to tell: it is no success to be shown as 0 of 0. */
function toldNobody({ unreached, scope, mode }: Progress): string {
  if (unreached.length > 0) return '持有单位都没有登记，须另行通知'
  if (scope.lots.length === 0) return '召回令不是从追溯链条下达的，没有算过范围，货物也没有封存'
  return mode === 'drill' ? '没有单位还持有或卖出过这些货物' : '没有单位还持有或卖出过这些货物，批次仍已封存'
}

/** One recall against the clock: who has answered, what came back, what moved all the same. */
export function Board({ id }: { id: string }) {
  const catalogue = useCatalogue()
  const { taskKind, orderKind } = recallParts(catalogue)
  const { data, error, refetch } = useQuery({
    queryKey: ['recall', id],
    queryFn: () => call<Progress>('POST', '/api/v1/operations/recall-progress', { order: id }),
    refetchInterval: 5000,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={8} />
  const isDrill = data.mode === 'drill'
  const states = orderKind?.states
  const state = states && 'names' in states ? (states.names as Record<string, string>)[data.state] : undefined
  const late = data.breaches.filter(({ isBackdated }) => isBackdated)
  const moved = data.breaches.filter(({ isBackdated }) => !isBackdated)
  const total = data.holders.length
  return (
    <div className={isDrill ? 'recall drill' : 'recall'}>
      {isDrill && <DrillBand />}
      <Head
        title={`${total === 0 ? '没有通知任何单位' : `${data.acknowledged} / ${total} 家已确认`}：${data.reason}`}
        sub={`${data.number} · ${state ?? data.state} · 责任单位 ${data.subject} · ${data.ownerTitle} ${spokenMinute(data.decidedAt)} 下令`}
      >
        <span className="reports noprint">
          {layouts.map(([layout, title]) => (
            <a
              className="button"
              key={layout}
              href={reportAddress(id, layout)}
              {...(layout === 'print' ? { target: '_blank', rel: 'noreferrer' } : { download: true })}
            >
              {title}
            </a>
          ))}
        </span>
        {orderKind && (
          <Link className="button" to={path.record(orderKind.name, id)}>
            召回令
          </Link>
        )}
      </Head>
      <div className="tiles">
        {total === 0 ? (
          <Tile title="通知" value="没有通知任何单位" note={toldNobody(data)} tone="warn" />
        ) : (
          <Tile
            title="确认"
            value={`${data.acknowledged} / ${total}`}
            note={data.late > 0 ? `${data.late} 家超时` : '没有超时'}
            tone={data.late > 0 ? 'bad' : data.acknowledged === total ? 'good' : undefined}
          />
        )}
        {data.effect.map((effect) => (
          <Tile
            key={effect.unit}
            title={`追回率（${catalogue.units[effect.unit] ?? effect.unit}）`}
            value={`${effect.rate}%`}
            note={`涉及 ${effect.involved}，追回 ${effect.returned}，销毁 ${effect.destroyed}`}
            tone={Number(effect.rate) >= 95 ? 'good' : undefined}
          />
        ))}
        {!isDrill && (
          <Tile
            title="封存后移动"
            value={String(moved.length)}
            note={[
              moved.length > 0 ? '请立即查处' : '没有发现',
              ...(late.length > 0 ? [`补报 ${late.length} 起待核对`] : []),
              ...(data.attempts.length > 0 ? [`拦下 ${data.attempts.length} 起`] : []),
            ].join('，')}
            tone={moved.length > 0 ? 'bad' : late.length > 0 ? 'warn' : 'good'}
          />
        )}
        {data.unreached.length > 0 && (
          <Tile title="平台外" value={`${data.unreached.length} 家`} note="没有登记，须另行通知" tone="warn" />
        )}
      </div>
      <HolderTable progress={data} taskKind={taskKind?.name} />
      <Attempts progress={data} />
      <Breaches title="封存后仍被移动或销售" items={moved} />
      <Breaches title="封存后补报：称在封存前发出或卖出，请核对" items={late} />
      {data.scope.lots.length > 0 && (
        <details className="card scopebox">
          <summary>下令时的范围</summary>
          <ScopeView scope={data.scope} />
        </details>
      )}
    </div>
  )
}
