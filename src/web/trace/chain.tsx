import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type FormEvent, lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { recallParts } from '../recall/answer.ts'
import { Refusal, read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { keep, recall } from '../shell/keep.ts'
import { Head, usePhone } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { type Answer, type Direction, directionWords, holderWord, markOf, type Node, nameOf } from './answer.ts'
import { ChainDoubts } from './doubts.tsx'
import { Evidence } from './evidence.tsx'
import { Excursions } from './excursions.tsx'
import { type Chosen, Graph } from './graph.tsx'
import { Holders, Stock, stockOf } from './holders.tsx'
import { draw } from './layout.ts'
import { OwnerFiles } from './owner-files.tsx'
import { ChosenPanel, NodeList } from './panel.tsx'
import { type Recent, Start } from './start.tsx'
import { momentsOf, TimeSlider } from './time-slider.tsx'
import { followable } from './typed.ts'
import '../input/input.css'
import '../record/detail.css'
import './chain.css'

/** The map comes when it is looked at. */
const Flows = lazy(() => import('./flows.tsx'))

function SearchForm({ id, direction }: { id: string; direction: Direction }) {
  const [text, setText] = useState(id)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => setText(id), [id])
  useEffect(() => {
    if (!id) input.current?.focus()
  }, [id])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim()) navigate(path.trace(followable(text), direction === 'both' ? undefined : direction))
  }
  return (
    <form className="tracesearch noprint" onSubmit={submit}>
      <input
        ref={input}
        className="in"
        aria-label="追溯码"
        placeholder="追溯码、“商品条码 批号”、网址或 EPC URN"
        value={text}
        onChange={(event) => setText(event.target.value)}
        spellCheck={false}
        autoCapitalize="none"
      />
      <span className="segments" role="radiogroup" aria-label="方向">
        {(Object.keys(directionWords) as Direction[]).map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="direction"
              checked={direction === each}
              onChange={() =>
                navigate(path.trace(id || undefined, each === 'both' ? undefined : each), { replace: true })
              }
            />
            {directionWords[each]}
          </label>
        ))}
      </span>
      <button type="submit" className="button primary">
        追溯
      </button>
    </form>
  )
}

/** The chain in one sentence. */
function answerSentence(answer: Answer, start: Node | undefined, isPast: boolean): string {
  const name = start ? `${nameOf(start)} ${markOf(start)}` : '所查物品'
  if (isPast && answer.edges.length === 0 && answer.holders.length === 0) return `${name}：当时还没有记录`
  const when = isPast ? '当时' : '现在'
  // The lot that a piece is one of is what it is, not what it was made of.
  const isOwn = (node: Node) => node.gtin === start?.gtin && node.lot === start?.lot
  const origins = answer.nodes.filter((node) => node.layer < 0 && node.level === 'lot' && !isOwn(node)).length
  // Who only had what it was made of, or the rest of its lot, never had it.
  const onward = new Set(answer.nodes.flatMap(({ key, layer }) => (layer >= 0 ? [key] : [])))
  const reached = answer.holders.filter(({ keys }) => keys.some((key) => onward.has(key))).length
  const now = new Set(stockOf(answer, 'onward').flatMap(({ holder }) => (holder ? [holderWord(holder)] : [])))
  const where =
    now.size === 0 ? `${when}都没有存货` : now.size === 1 ? `${when}在${[...now][0]}` : `${when} ${now.size} 家有货`
  const from = answer.direction === 'forward' ? '' : origins > 0 ? `来自 ${origins} 个批次` : '没有更早的来源记录'
  const to = answer.direction === 'backward' ? '' : `经过 ${reached} 家，${where}`
  return `${name}：${[from, to].filter(Boolean).join('，')}`
}

function Limits({ answer }: { answer: Answer }) {
  if (answer.hidden === 0 && !answer.truncated) return null
  return (
    <p className="note warn" style={{ marginBottom: 14 }}>
      {answer.hidden > 0 && <span>还有 {answer.hidden} 处来源或去向您无权查看，它们属于别的企业或地区。</span>}
      {answer.truncated && (
        <span>物品太多，这里只取了离所查物品最近的部分，下面的数量也只算到这一部分，不是全部。</span>
      )}
    </p>
  )
}

function Explorer({ answer, asOf }: { answer: Answer; asOf: string | undefined }) {
  const phone = usePhone()
  const mayRecall = recallParts(useCatalogue()).start !== undefined
  const [chosen, choose] = useState<Chosen | undefined>()
  const [event, open] = useState<string>()
  const [asGraph, setAsGraph] = useState(false)
  const [view, setView] = useState<'chain' | 'flows'>('chain')
  const drawing = useMemo(() => draw(answer.nodes, answer.edges, answer.id), [answer])
  const start = answer.nodes.find((node) => node.key === answer.id)
  const title = answerSentence(answer, start, asOf !== undefined)
  useEffect(() => {
    const named = start ? `${nameOf(start)} ${markOf(start)}` : answer.id
    const recents = (recall<Recent[]>('traced') ?? []).filter((recent) => recent.id !== answer.id)
    keep('traced', [{ id: answer.id, title: named }, ...recents].slice(0, 8))
  }, [answer.id, start])
  const chosenKey = chosen && 'key' in chosen ? chosen.key : undefined
  const alike = useMemo(
    () => drawing.cards.find((card) => card.nodes.some((node) => node.key === chosenKey))?.nodes,
    [drawing, chosenKey],
  )
  const props = { answer, chosen, choose, open }
  return (
    <OwnerFiles holders={answer.holders}>
      <Head
        title={title}
        sub={`${asOf ? '当时的情况，' : ''}数据到 ${spokenMinute(answer.asOf)} · ${answer.nodes.length} 个物品，${answer.edges.length} 个环节`}
      >
        <a
          className="button desk"
          href={`/api/v1/trace/chain.xlsx?${new URLSearchParams({ id: answer.id, direction: answer.direction, ...(asOf && { asOf }) })}`}
        >
          导出 Excel
        </a>
        <button type="button" className="button desk" onClick={() => print()}>
          打印
        </button>
        {mayRecall && (
          <Link className="button danger" to={path.recall(undefined, { lot: answer.id })}>
            从这里召回
          </Link>
        )}
      </Head>
      <Limits answer={answer} />
      <ChainDoubts answer={answer} asOf={asOf} />
      <Excursions nodes={answer.nodes} />
      <div className="segments chainviews mainview noprint">
        <label>
          <input type="radio" name="main" checked={view === 'chain'} onChange={() => setView('chain')} />
          链条
        </label>
        <label>
          <input type="radio" name="main" checked={view === 'flows'} onChange={() => setView('flows')} />
          地图和流向表
        </label>
      </div>
      {view === 'flows' && (
        <Suspense fallback={<Waiting lines={6} />}>
          <Flows answer={answer} asOf={asOf} open={open} />
        </Suspense>
      )}
      {view === 'chain' && phone && (
        <div className="segments chainviews">
          <label>
            <input type="radio" name="view" checked={!asGraph} onChange={() => setAsGraph(false)} />
            列表
          </label>
          <label>
            <input type="radio" name="view" checked={asGraph} onChange={() => setAsGraph(true)} />图
          </label>
        </div>
      )}
      <div className={drawing.columns > 4 ? 'explorer deep' : 'explorer'} hidden={view !== 'chain'}>
        {(!phone || asGraph) && (
          <section className="card">
            <Graph answer={answer} drawing={drawing} chosen={chosen} choose={choose}>
              {chosen?.by === 'graph' && <ChosenPanel {...props} alike={alike} />}
            </Graph>
          </section>
        )}
        {(!phone || !asGraph) && (
          <section className="card side-list">
            <NodeList {...props} />
          </section>
        )}
        <div className="below">
          <Holders answer={answer} when={asOf ? '当时' : '现在'} />
          <Stock answer={answer} when={asOf ? '当时' : '现在'} />
        </div>
      </div>
      {event && <Evidence id={event} answer={answer} onClose={() => open(undefined)} />}
    </OwnerFiles>
  )
}

/** The way of goods: where they came from, where they went, who has them, and what says so. */
export default function Chain() {
  const { query } = useRoute()
  const id = query.id ?? ''
  const direction = (query.direction && query.direction in directionWords ? query.direction : 'both') as Direction
  const { asOf } = query
  const answerOf = (at: string | undefined) => ({
    queryKey: ['trace', id, direction, at],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      read<Answer>('/api/v1/trace', { id, direction, asOf: at }, signal),
    enabled: id !== '',
  })
  const { data: whole } = useQuery(answerOf(undefined))
  const { data, error, refetch } = useQuery({ ...answerOf(asOf), placeholderData: keepPreviousData })
  const times = useMemo(
    () =>
      momentsOf(
        (whole?.edges ?? [])
          .flatMap(({ time }) => time)
          .concat((whole?.nodes ?? []).flatMap(({ lastTime }) => lastTime ?? []))
          .concat(
            (whole?.holders ?? []).flatMap(({ firstTime, lastTime }) => [firstTime ?? [], lastTime ?? []].flat()),
          ),
      ),
    [whole],
  )
  const turn = useCallback(
    (at: string | undefined) =>
      navigate(path.trace(id, direction === 'both' ? undefined : direction, at), { replace: true }),
    [id, direction],
  )
  const search = (
    <>
      <SearchForm id={id} direction={direction} />
      {id && <TimeSlider times={times} asOf={asOf} set={turn} />}
    </>
  )
  if (!id)
    return (
      <>
        {search}
        <Start />
      </>
    )
  if (error)
    return (
      <>
        {search}
        <section className="card">
          {error instanceof Refusal && error.status === 404 ? (
            <Empty title="没有找到这个码的记录">
              <p>请核对码是否完整。也可能还没有人登记过它，或者它与您的企业或辖区无关。</p>
            </Empty>
          ) : (
            <Trouble error={error} retry={refetch} />
          )}
        </section>
      </>
    )
  return (
    <>
      {search}
      {data ? <Explorer key={`${data.id} ${direction}`} answer={data} asOf={asOf} /> : <Waiting lines={8} />}
    </>
  )
}
