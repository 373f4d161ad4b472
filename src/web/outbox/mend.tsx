import { useState } from 'react'
import { type Fields, text } from '../../language/index.ts'
import { statesOf } from '../../language/kind.ts'
import { ConflictDialog } from '../record/conflict.tsx'
import { type Content, changesOf, ownFields, tidy } from '../record/content.ts'
import { FormBody, useForm } from '../record/form.tsx'
import { uuidv7 } from '../record/id.ts'
import { Leaving } from '../record/leaving.tsx'
import { laterFields } from '../record/states.ts'
import { askedFields } from '../record/step.tsx'
import { sectionsOf, useRecordWords } from '../record/words.ts'
import { read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { Empty } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import { type Item, referringTo } from './item.ts'
import { dropItem, itemsOf, saveItem } from './items.ts'
import { flush, locked } from './send.ts'
import { useOutbox } from './use-outbox.ts'

const crumb = { title: '待送', to: path.outbox() }

/** Whether the item holds fields of the whole record, not what one act asks for. */
const isWhole = (item: Item): boolean => item.act === 'create' || item.act === 'change'

/** Puts the mended item back and tries it; what the server still objects to comes back. */
async function sendMended(kind: OwnKind, item: Item): Promise<Item | undefined> {
  await locked(async () => {
    const isThere = (await itemsOf(item.account)).some((each) => each.id === item.id)
    // It arrived while it was being mended: what was mended is a change of what arrived.
    const row = isThere || !isWhole(item) ? undefined : await read<Row>(`/api/v1/records/${kind.name}/${item.recordId}`)
    const body = row ? changesOf(kind.fields, row, { ...row, ...item.body }) : item.body
    await saveItem({
      ...item,
      ...(row ? { act: 'change', base: row } : {}),
      body,
      state: 'waiting',
      refused: undefined,
    })
  })
  await flush().catch(() => {})
  return (await itemsOf(item.account)).find((each) => each.id === item.id)
}

/** The item with what the form now holds, and on which version it stands. */
function withContent(kind: OwnKind, item: Item, content: Content, base: Row | undefined): Item {
  const titled = { ...item, titles: item.titles }
  if (item.act === 'create') return { ...titled, body: tidy(ownFields(kind.fields), content) }
  if (item.act === 'void') return { ...titled, base: base ?? item.base, body: content }
  const before = base ?? item.base ?? {}
  const fields = isWhole(item) ? kind.fields : askedBy(kind, item)
  return { ...titled, base: base ?? item.base, body: changesOf(fields, before, content) }
}

const reasonField = text({ title: '作废原因', required: true, multiline: true, max: 200 })

/** What an item asks for beside a whole record: the fields of its step, or the reason of a void. */
function askedBy(kind: OwnKind, item: Item): Fields {
  if (item.act === 'void') return { reason: reasonField }
  const step = kind.states?.transitions.find((each) => each.name === item.step?.name)
  return step ? askedFields(kind, step) : {}
}

function MendForm({ kind, item }: { kind: OwnKind; item: Item }) {
  const fields = isWhole(item) ? kind.fields : askedBy(kind, item)
  const start: Content = item.act === 'void' ? item.body : { ...item.base, ...item.body }
  const form = useForm(fields, start, item.titles)
  const [first] = useState(item.refused?.problems ?? [])
  const [shown, setShown] = useState(first.length === 0)
  if (!shown) {
    setShown(true)
    queueMicrotask(() => form.setProblems(first))
  }
  const [done, setDone] = useState(false)
  const sections = !isWhole(item)
    ? [{ title: item.step?.title ?? '', fields: Object.keys(fields) }]
    : sectionsOf(kind, laterFields(kind, item.base?.state ?? (statesOf(kind)[0] as string)))
  const save = () =>
    form.submit(async (content) => {
      const left = await sendMended(
        kind,
        withContent(kind, { ...item, titles: form.titles }, content, item.refused?.current),
      )
      setDone(true)
      if (!left || left.state === 'waiting') {
        say(left ? '已存好，有网络时送出' : `${kind.title}已送出`)
        return navigate(left ? path.outbox() : path.record(kind.name, item.recordId), { leave: true, replace: true })
      }
      if (left.refused) form.setProblems(left.refused.problems)
    })
  return (
    <FormBody fields={fields} sections={sections} form={form} onSubmit={save}>
      <Leaving dirty={!done && JSON.stringify(form.content) !== JSON.stringify(start)} />
      {item.refused && (
        <p className="note warn" style={{ order: -1 }}>
          {item.state === 'waiting' ? '上次没有送到：' : '服务器没有接受：'}
          {item.refused.detail}
        </p>
      )}
      <div className="savebar">
        <button type="submit" className="button primary" disabled={form.busy}>
          {form.busy ? '正在送出…' : '改好送出'}
        </button>
        <Link className="button" to={path.outbox()}>
          返回
        </Link>
      </div>
    </FormBody>
  )
}

function Conflicted({ kind, item, theirs }: { kind: OwnKind; item: Item; theirs: Row }) {
  const words = useRecordWords({ ...item.titles, ...theirs.titles })
  const [closed, setClosed] = useState(false)
  const isNew = item.act === 'create'
  const base = isNew ? ({} as Row) : (item.base as Row)
  const conflict = { base, mine: { ...base, ...item.body }, theirs }
  const settle = async (next: Item | undefined) => {
    const left = next ? await sendMended(kind, next) : await dropItem(item)
    say(left ? '已存好，有网络时送出' : '已按选择处理')
    navigate(left ? path.outbox() : path.record(kind.name, item.recordId), { replace: true })
  }
  const choose = (content: Content) => {
    const body = changesOf(kind.fields, theirs, content)
    settle(Object.keys(body).length > 0 ? { ...item, act: 'change', base: theirs, body } : undefined)
  }
  return (
    <div className="card">
      <Empty title={isNew ? '同一编号下已有另一份内容' : '这条记录被别人改过了'}>
        <p>请逐项选择留下哪一边，选好以后再送出。</p>
        <button type="button" className="button primary" onClick={() => setClosed(false)}>
          逐项选择
        </button>{' '}
        {isNew && (
          <button
            type="button"
            className="button"
            onClick={async () => {
              const id = uuidv7()
              await saveItem({ ...item, id, recordId: id })
              await dropItem(item)
              for (const later of await itemsOf(item.account)) await saveItem(referringTo(later, item.recordId, id))
              settle({ ...item, id, recordId: id })
            }}
          >
            作为新的一条送出
          </button>
        )}
      </Empty>
      {!closed && (
        <ConflictDialog
          kind={kind.name}
          fields={kind.fields}
          conflict={conflict}
          words={words}
          onChoose={choose}
          onClose={() => setClosed(true)}
        />
      )}
    </div>
  )
}

/** One unsent item: corrected where the server refused it, or chosen field by field where somebody else was faster. */
export default function Mend({ id }: { id: string }) {
  const found = useOutbox().find((each) => each.id === id)
  // What stood here when the page opened stays until the user is done, though sending goes on beside it.
  const [item, setItem] = useState<Item>()
  const { kinds } = useCatalogue()
  if (found && (!item || (item.state === 'waiting' && found.state !== 'waiting'))) setItem(found)
  const kind = kinds.find((each) => each.name === item?.kind)
  if (!item || !kind)
    return (
      <Empty title="这条已经不在待送里">
        <p>可能已经送出，或者被丢弃了。</p>
        <Link className="button" to={path.outbox()}>
          看待送
        </Link>
      </Empty>
    )
  const theirs = item.state === 'conflict' && isWhole(item) ? item.refused?.current : undefined
  return (
    <>
      <Head title={`改正待送的${kind.title}`} sub={item.title} crumb={crumb} />
      {theirs ? (
        <Conflicted kind={kind} item={item} theirs={theirs} />
      ) : (
        <MendForm key={item.tries} kind={kind} item={item} />
      )}
    </>
  )
}
