import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { statesOf } from '../../language/kind.ts'
import { waiting } from '../outbox/item.ts'
import { itemsOf } from '../outbox/items.ts'
import { sendOrKeep } from '../outbox/send.ts'
import { Refusal } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { keep } from '../shell/keep.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { ageOf, minuteOf } from '../shell/time.ts'
import { Empty } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import { useBegunLines } from './begun-lines.ts'
import { type Content, carriedContent, isSame, ownFields, startingContent, tidy } from './content.ts'
import { useCrossChecks } from './cross-checks.ts'
import { draftOf, recentsOf, rememberRecents, useDraft } from './draft.ts'
import { FormBody, useForm } from './form.tsx'
import { uuidv7 } from './id.ts'
import { Leaving } from './leaving.tsx'
import { copyOfLast, useSubjectDefaults } from './prefill.ts'
import { laterFields, newSections } from './states.ts'
import { sectionsOf, titleOf, useRecordWords } from './words.ts'

type Start = { id: string; content: Content; titles: Record<string, string>; restoredAt?: string; isCopy?: boolean }

function startOf(kind: OwnKind): Start {
  const draft = draftOf(`draft:${kind.name}`)
  if (draft) return { id: draft.id, content: draft.content, titles: draft.titles, restoredAt: draft.at }
  return { id: uuidv7(), content: startingContent(kind.fields, kind.list.sort), titles: {} }
}

/** What is filled in later: by a later step, or once the person has agreed, of whom there must first be a record. */
const notYet = (kind: OwnKind): ReadonlySet<string> =>
  new Set([
    ...laterFields(kind, statesOf(kind)[0] as string),
    ...Object.keys(kind.fields).filter((name) => kind.fields[name]?.consent),
  ])

/** Texts worth offering again: short ones that are not one record's own words. */
function shortTexts(kind: OwnKind, content: Content): Content {
  const short = Object.entries(kind.fields).filter(
    ([, field]) => field.type === 'text' && !field.multiline && !field.pattern && (field.max ?? 200) <= 60,
  )
  return Object.fromEntries(short.map(([name]) => [name, content[name]]))
}

function CreateForm({ kind, start, next }: { kind: OwnKind; start: Start; next(start: Start): void }) {
  const client = useQueryClient()
  const { actor } = useSession()
  const form = useForm(kind.fields, start.content, start.titles)
  const [blank] = useState(() =>
    start.restoredAt || start.isCopy ? startingContent(kind.fields, kind.list.sort) : start.content,
  )
  const defaults = useSubjectDefaults(kind, form)
  useCrossChecks(kind, form)
  useBegunLines(kind.fields, form)
  const own = ownFields(kind.fields)
  const [saved, setSaved] = useState(false)
  const dirty = !saved && !isSame(tidy(own, form.content), tidy(own, { ...blank, ...defaults }))
  const draft = useDraft(
    `draft:${kind.name}`,
    dirty ? { id: start.id, content: form.content, titles: form.titles } : undefined,
  )

  const words = useRecordWords(form.titles)
  /** The saved record, or nothing where it waits for a network. */
  const post = async (content: Content): Promise<Row | undefined> => {
    const body = tidy(own, content)
    try {
      return await sendOrKeep(
        waiting({
          account: actor.account,
          id: start.id,
          kind: kind.name,
          kindTitle: kind.title,
          title: titleOf(kind, body, words),
          act: 'create',
          recordId: start.id,
          body,
          titles: form.titles,
        }),
      )
    } catch (error) {
      // Saved before, the answer was lost, and the form was changed since: a new record would double it.
      if (error instanceof Refusal && error.code === 'id-taken')
        throw new Refusal(409, { code: 'id-taken', detail: '这张表刚才已经保存成功。请到列表或待送里打开它，再修改。' })
      throw error
    }
  }
  const save = (then: 'open' | 'next') =>
    form.submit(async (content) => {
      const row = await post(content)
      draft.drop()
      setSaved(true)
      rememberRecents(kind.name, shortTexts(kind, content))
      client.invalidateQueries({ queryKey: ['records', kind.name] })
      client.invalidateQueries({ queryKey: ['home'] })
      const said = row ? `${kind.title}已保存` : '没有网络，已存在本机，恢复后自动送出'
      if (then === 'open') {
        say(said)
        if (!row) return navigate(path.outbox(), { leave: true, replace: true })
        return navigate(path.record(kind.name, row.id), { leave: true, replace: true })
      }
      const shown = row ? path.record(kind.name, row.id) : path.outbox()
      say(said, { title: '查看', run: () => navigate(shown) })
      next({
        id: uuidv7(),
        content: carriedContent(kind.fields, content, kind.titleFields, kind.list.sort),
        titles: form.titles,
      })
      window.scrollTo(0, 0)
    })
  const copy = async () => {
    const last = await copyOfLast(kind, actor.ownerId).catch(() => undefined)
    if (!last) return say('没有可以照着填的上一条')
    // What was filled before stays: a photo is often the first thing there is.
    const before = tidy(own, { ...blank, ...defaults })
    const filled = Object.entries(tidy(own, form.content)).filter(([name, value]) => !isSame(value, before[name]))
    next({
      id: start.id,
      content: { ...last.content, ...Object.fromEntries(filled) },
      titles: { ...last.row.titles, ...form.titles },
      isCopy: true,
    })
  }
  const discard = () => {
    draft.drop()
    next({ id: uuidv7(), content: startingContent(kind.fields, kind.list.sort), titles: {} })
  }

  return (
    <FormBody
      fields={kind.fields}
      sections={newSections(kind, sectionsOf(kind, notYet(kind)))}
      form={form}
      recents={recentsOf(kind.name)}
      onSubmit={() => save('open')}
    >
      <Leaving dirty={dirty} />
      {!start.restoredAt && !start.isCopy && kind.verbs.includes('read') && (
        <p style={{ order: -1 }}>
          <button type="button" className="button plain small" onClick={copy}>
            照上一条填
          </button>
        </p>
      )}
      {start.restoredAt && (
        <p className="note" style={{ order: -1 }}>
          已恢复 {ageOf(start.restoredAt)}
          {ageOf(start.restoredAt) === '刚刚' ? '' : '前'}没有保存的内容。
          <button type="button" className="link" onClick={discard}>
            不要了，重新填写
          </button>
        </p>
      )}
      <div className="savebar noprint">
        <button type="submit" className="button primary" disabled={form.busy}>
          {form.busy ? '正在保存…' : '保存'}
        </button>
        <button type="button" className="button" disabled={form.busy} onClick={() => save('next')}>
          保存并登记下一条
        </button>
        <Link className="button desk plain" to={path.list(kind.name)}>
          取消
        </Link>
        {draft.keptAt && dirty && <span className="muted">草稿已存在本机 {minuteOf(draft.keptAt).slice(11)}</span>}
      </div>
    </FormBody>
  )
}

/**
 * Where the form starts: at the draft, once it is known not to be of a record that waits to be sent. A browser that died
 * right after saving has kept the record and may still have its draft, and what is written into it would be that record.
 */
function useStart(kind: OwnKind): [Start, (start: Start) => void, isKnown: boolean] {
  const { account } = useSession().actor
  const [start, setStart] = useState(() => startOf(kind))
  const [isKnown, setKnown] = useState(!start.restoredAt)
  useEffect(() => {
    if (isKnown) return
    let isOver = false
    const begin = async () => {
      const items = await itemsOf(account).catch(() => [])
      if (isOver) return
      if (items.some(({ recordId }) => recordId === start.id)) {
        keep(`draft:${kind.name}`, undefined)
        setStart(startOf(kind))
      }
      setKnown(true)
    }
    begin()
    return () => {
      isOver = true
    }
  }, [account, isKnown, kind, start.id])
  return [start, setStart, isKnown]
}

/** A new record of a kind. */
export default function Create({ kind }: { kind: OwnKind }) {
  const [start, setStart, isKnown] = useStart(kind)
  if (!kind.verbs.includes('create'))
    return (
      <Empty title={`您没有登记${kind.title}的权限`}>
        <Link className="button" to={path.home()}>
          回到工作台
        </Link>
      </Empty>
    )
  return (
    <>
      <Head
        title={`${kind.title.endsWith('登记') ? '新增' : '登记'}${kind.title}`}
        sub={kind.help}
        crumb={{ title: kind.title, to: path.list(kind.name) }}
      />
      {isKnown && (
        <CreateForm key={start.isCopy ? `${start.id} copy` : start.id} kind={kind} start={start} next={setStart} />
      )}
    </>
  )
}
