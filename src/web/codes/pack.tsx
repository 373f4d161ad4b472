import { useRef, useState } from 'react'
import { parseScan } from '../../standards/digital-link/index.ts'
import { uuidv7 } from '../record/id.ts'
import { ScanButton } from '../scan/scan-button.tsx'
import { signal } from '../scan/signal.ts'
import { useScans } from '../scan/wedge.ts'
import { call, Refusal } from '../shell/api.ts'
import type { Operation } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Rows } from '../ui/rows.tsx'
import '../input/input.css'
import './codes.css'

/** A code that was scanned: what it names, as it was read, and how it is called here. */
type Item = { key: string; text: string; name: string; gtin?: string }
type Box = { id: string; outer?: Item; inner: readonly Item[] }
type Done = { id: string; outer: Item; count: number; act: string; at: string }

const emptyBox = (): Box => ({ id: uuidv7(), inner: [] })

/** The thing that a code names, or what is wrong with it, in a sentence. */
function thingOf(text: string): Item | string {
  const read = parseScan(text)
  if (!read.ok) return read.problems[0]?.text ?? '看不懂这个码'
  const { key, level } = read.value.key
  if (level !== 'serial' && level !== 'logistic') return '这个码不是单件、箱或托盘的码'
  const [, sscc] = /\/00\/(\d{18})/.exec(key) ?? []
  const [, gtin, serial] = /\/01\/(\d{14})(?:\/10\/[^/]+)?\/21\/([^/]+)/.exec(key) ?? []
  return { key, text, name: sscc ?? (serial ? decodeURIComponent(serial) : key), ...(gtin && { gtin }) }
}

/** One box as it is scanned: the outer code first, then what is inside; the outer code once more closes it. */
function usePacking(operation: Operation) {
  // Scans follow each other faster than renders: each is put on what the last one left.
  const box = useRef<Box>(emptyBox())
  const act = useRef('pack')
  const [, shown] = useState(0)
  const [said, setSaid] = useState<{ text: string; isGood: boolean }>()
  const [done, setDone] = useState<readonly Done[]>([])
  const [busy, setBusy] = useState(false)
  const put = (next: Partial<Box>) => {
    box.current = { ...box.current, ...next }
    shown((n) => n + 1)
  }
  const say = (text: string, isGood: boolean) => {
    setSaid({ text, isGood })
    signal(isGood)
    return isGood ? text : undefined
  }
  const save = async () => {
    const { id, outer, inner } = box.current
    if (!outer || busy) return
    setBusy(true)
    try {
      const body = { id, act: act.current, parent: outer.text, children: inner.map(({ text }) => text).join('\n') }
      await call('POST', `/api/v1/operations/${operation.name}`, body)
      setDone((all) => [{ id, outer, count: inner.length, act: act.current, at: new Date().toISOString() }, ...all])
      box.current = emptyBox()
      say(`已记下 ${outer.name}，接着扫下一个外包装`, true)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      say(error.problems[0]?.text ?? error.message, false)
    } finally {
      setBusy(false)
    }
  }
  const take = (text: string): string | undefined => {
    const item = thingOf(text)
    if (typeof item === 'string') return say(item, false)
    const { outer, inner } = box.current
    if (!outer) {
      put({ outer: item })
      return say(`外包装 ${item.name}，接着扫里面的码`, true)
    }
    if (item.key === outer.key) {
      if (inner.length === 0 && act.current !== 'unpack') return say('里面还没有扫，外包装不能装进它自己', false)
      save()
      return item.name
    }
    // Where the outer code was not read, the first bag would pass for a case.
    if (item.gtin && item.gtin === outer.gtin)
      return say('里面的码和外包装是同一种商品，外包装可能没有扫上：请撤销，先扫箱码', false)
    const known = inner.findIndex(({ key }) => key === item.key)
    if (known >= 0) return say(`已经扫过，是第 ${known + 1} 个：${item.name}`, false)
    put({ inner: [...inner, item] })
    return say(`第 ${inner.length + 1} 个：${item.name}`, true)
  }
  const undo = () => {
    const { inner } = box.current
    const last = inner.at(-1) ?? box.current.outer
    put(inner.length > 0 ? { inner: inner.slice(0, -1) } : { outer: undefined })
    if (last) setSaid({ text: `已撤销 ${last.name}`, isGood: true })
  }
  const choose = (next: string) => {
    act.current = next
    shown((n) => n + 1)
  }
  return { box: box.current, act: act.current, said, done, busy, take, undo, save, choose, put }
}

const inside = (act: string, count: number) =>
  act === 'unpack' && count === 0 ? '全部取出' : `${act === 'unpack' ? '取出' : '装入'} ${countOf(count)} 个`

function Closed({ done, acts }: { done: readonly Done[]; acts: Readonly<Record<string, string>> }) {
  if (done.length === 0) return null
  return (
    <Rows
      title={`刚才记下 ${countOf(done.length)} 个外包装`}
      items={done}
      keyOf={({ id }) => id}
      columns={[
        { title: '外包装', of: ({ outer }) => <Link to={path.trace(outer.key)}>{outer.name}</Link>, as: 'code' },
        {
          title: '做了什么',
          of: ({ act, count }) => `${act === 'return' ? `${acts[act]}，` : ''}${inside(act, count)}`,
        },
        { title: '时间', of: ({ at }) => minuteOf(at), as: 'short' },
      ]}
    />
  )
}

/** Packing with a scanner in hand: outer code, inner codes, outer code again; nothing has to be touched in between. */
export default function Pack({ operation }: { operation: Operation }) {
  const form = useRef<HTMLFormElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const packing = usePacking(operation)
  const { box, act, said, busy } = packing
  const acts = operation.fields.act?.type === 'choice' ? operation.fields.act.options : {}
  const taken = (text: string) => {
    // A scanner that types has typed into the field as well, and there nothing is lost where it faltered.
    const typed = field.current?.value.trim() ?? ''
    if (field.current) field.current.value = ''
    return packing.take(typed.endsWith(text) ? typed : text)
  }
  useScans(form, (text) => {
    taken(text)
    return true
  })
  // The scanner types where the focus is.
  const onward = (work: () => void) => {
    work()
    field.current?.focus()
  }
  const count = box.inner.length
  const last = box.inner.at(-1)
  return (
    <>
      <Head title={operation.title} sub="先扫外包装，再逐个扫里面的码，最后再扫一次外包装就保存；不用碰屏幕。" />
      <form
        ref={form}
        className="form card packform"
        onSubmit={(event) => {
          event.preventDefault()
          const text = field.current?.value.trim()
          if (text) taken(text)
          else if (box.outer) packing.save()
        }}
      >
        <div className="segments" role="radiogroup" aria-label={operation.fields.act?.title}>
          {Object.entries(acts).map(([value, title]) => (
            <label key={value}>
              <input
                type="radio"
                name="act"
                checked={act === value}
                onChange={() => onward(() => packing.choose(value))}
              />
              {title}
            </label>
          ))}
        </div>
        {act === 'return' && (
          <p className="sub">装的是退回或送去销毁的货物：封存的货物只能这样装，装好的箱也只能发给退货地。</p>
        )}
        <div className="packscan">
          <input
            ref={field}
            className="in"
            // biome-ignore lint/a11y/noAutofocus: the page is for a scanner, which types where the focus is
            autoFocus
            autoComplete="off"
            inputMode="text"
            aria-label={box.outer ? '里面的码' : '外包装的码'}
            placeholder={box.outer ? '里面的码' : '外包装的码'}
          />
          <ScanButton title="用摄像头连续扫" onScan={taken} continuous word="摄像头" />
        </div>
        {said && (
          <p className={`note ${said.isGood ? 'good' : 'bad'}`} role="status">
            {said.text}
          </p>
        )}
        <div className="packstate" aria-live="polite">
          <div>
            <small>外包装</small>
            <b className="mono">{box.outer?.name ?? '还没有扫'}</b>
            {box.outer?.gtin && <span className="sub">{box.outer.gtin}</span>}
          </div>
          <div>
            <small>{act === 'unpack' ? '取出' : '里面'}</small>
            <b className="packcount">{countOf(count)}</b>
            {last && <span className="mono">最后一个 {last.name}</span>}
          </div>
        </div>
        {count > 0 && (
          <details>
            <summary>看扫过的 {countOf(count)} 个</summary>
            <ol className="packlist">
              {box.inner.map((item) => (
                <li key={item.key}>
                  <span className="mono">{item.name}</span>
                  <button
                    type="button"
                    className="link"
                    aria-label={`去掉 ${item.name}`}
                    onClick={() => packing.put({ inner: box.inner.filter(({ key }) => key !== item.key) })}
                  >
                    去掉
                  </button>
                </li>
              ))}
            </ol>
          </details>
        )}
        <div className="savebar noprint">
          <button type="button" className="button" disabled={!box.outer || busy} onClick={() => onward(packing.undo)}>
            撤销最后一个
          </button>
          <button
            type="button"
            className="button primary"
            disabled={!box.outer || busy || (count === 0 && act !== 'unpack')}
            onClick={packing.save}
          >
            {busy ? '正在保存…' : `保存：${inside(act, count)}`}
          </button>
        </div>
      </form>
      <Closed done={packing.done} acts={acts} />
    </>
  )
}
