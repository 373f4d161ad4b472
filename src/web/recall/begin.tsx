import { useState } from 'react'
import type { Mode, Preview } from '../../areas/response/operations/wire.ts'
import type { Fields } from '../../language/fields/index.ts'
import { ownFields, startingContent, tidy } from '../record/content.ts'
import { FormBody, useForm } from '../record/form.tsx'
import { uuidv7 } from '../record/id.ts'
import { call } from '../shell/api.ts'
import type { Operation } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { navigate } from '../shell/router.tsx'
import { followable } from '../trace/typed.ts'
import { DrillBand } from './drill.tsx'
import { ScopeView } from './scope.tsx'

/** What each way to start asks for, in the words of the operation's own fields. */
const asked: Readonly<Record<string, string>> = {
  lot: 'id',
  supplier: 'supplier material since until',
  material: 'material since until',
  site: 'site since until',
  window: 'since until site material',
  test: 'test',
}

/** Of what a way to start asks for, what it cannot do without; where that is not only its first field. */
const cannotLack: Readonly<Record<string, string>> = { site: 'site since until', window: 'since until' }

/** How far back a span of time begins that nobody has chosen yet. */
const WEEK_MS = 7 * 24 * 3600_000

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.flatMap((name) => (fields[name] ? [[name, fields[name]]] : [])))

type Found = { body: Record<string, unknown>; preview: Preview }

function StartFrom(props: { preview: Operation; from: string; first: string | undefined; found(found: Found): void }) {
  const { preview, from, first, found } = props
  const names = (asked[from] ?? '').split(' ')
  const [start = ''] = names
  const picked = pick(preview.fields, [...names, 'level', 'mode'])
  // What this way starts from is needed here, though the operation as a whole leaves it open.
  const fields = Object.fromEntries(
    Object.entries(picked).map(([name, field]) => [
      name,
      (cannotLack[from] ?? start).split(' ').includes(name) ? { ...field, required: true } : field,
    ]),
  ) as Fields
  const starting = {
    ...startingContent(fields),
    ...(fields.since?.required && { since: new Date(Date.now() - WEEK_MS).toISOString() }),
    level: 'second',
    mode: 'real',
  }
  const form = useForm(fields, from === 'lot' && first ? { ...starting, id: first } : starting, {})
  const run = () =>
    form.submit(async (content) => {
      const body: Record<string, unknown> = { from, ...tidy(ownFields(fields), content) }
      if (typeof body.id === 'string') body.id = followable(body.id)
      found({ body, preview: await call<Preview>('POST', `/api/v1/operations/${preview.name}`, body) })
    })
  return (
    <FormBody fields={fields} sections={[{ title: '', fields: Object.keys(fields) }]} form={form} onSubmit={run}>
      <div className="savebar noprint">
        <button type="submit" className="button primary" disabled={form.busy}>
          {form.busy ? '正在算范围…' : '算出范围'}
        </button>
        <span className="muted">只计算，不通知任何人</span>
      </div>
    </FormBody>
  )
}

function Launch({ start, found, mode }: { start: Operation; found: Found; mode: Mode }) {
  const fields = pick(start.fields, 'reason measures subject disposer'.split(' '))
  const form = useForm(fields, startingContent(fields), {})
  const [order] = useState(uuidv7)
  const { holders, goodsToHold } = found.preview
  const run = () =>
    form.submit(async (content) => {
      const body = { ...found.body, ...tidy(ownFields(fields), content), order }
      await call('POST', `/api/v1/operations/${start.name}`, body)
      navigate(path.recall(order))
    })
  const told = holders.filter(({ ownerId }) => ownerId).length
  return (
    <FormBody fields={fields} sections={[{ title: '下令', fields: Object.keys(fields) }]} form={form} onSubmit={run}>
      <div className="savebar noprint">
        <button
          type="submit"
          className={`button ${mode === 'drill' ? 'primary' : 'danger solid'}`}
          disabled={form.busy}
        >
          {form.busy ? '正在下达…' : mode === 'drill' ? '开始演练' : '启动召回'}
        </button>
        <span className="muted">
          {mode === 'drill'
            ? `通知 ${told} 家，不封存货物，公众看不到`
            : `通知 ${told} 家，封存 ${goodsToHold} 个批次和单品，扫码页立即变为“已召回”`}
        </span>
      </div>
    </FormBody>
  )
}

/** From a starting point to the scope, and from the scope to the order. */
export function Begin({ preview, start, first }: { preview: Operation; start: Operation; first: string | undefined }) {
  const [from, setFrom] = useState('lot')
  const [found, setFound] = useState<Found>()
  const choice = preview.fields.from
  const options = choice?.type === 'choice' ? Object.entries(choice.options) : []
  const mode = (found?.body.mode ?? 'real') as Mode
  if (found)
    return (
      <>
        {mode === 'drill' && <DrillBand />}
        <p className="backline noprint">
          <button type="button" className="link" onClick={() => setFound(undefined)}>
            ← 换一个起点
          </button>
        </p>
        <ScopeView scope={found.preview} clock={found.preview.clock} />
        <Launch start={start} found={found} mode={mode} />
      </>
    )
  return (
    <>
      <h2 className="recallask" id="recall-from">
        从哪里查起
      </h2>
      <div className="segments recallfrom" role="radiogroup" aria-labelledby="recall-from">
        {options.map(([value, title]) => (
          <label key={value}>
            <input type="radio" name="from" checked={from === value} onChange={() => setFrom(value)} />
            {title}
          </label>
        ))}
      </div>
      <StartFrom key={from} preview={preview} from={from} first={first} found={setFound} />
    </>
  )
}
