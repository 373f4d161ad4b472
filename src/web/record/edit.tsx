import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { waiting } from '../outbox/item.ts'
import { sendOrKeep } from '../outbox/send.ts'
import { Refusal } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { ageOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import { useBegunLines, withoutUntouched } from './begun-lines.ts'
import { ConflictDialog } from './conflict.tsx'
import { type Content, changesOf, ownFields } from './content.ts'
import { useCrossChecks } from './cross-checks.ts'
import { draftOf, useDraft } from './draft.ts'
import { FormBody, useForm } from './form.tsx'
import { uuidv7 } from './id.ts'
import { Leaving } from './leaving.tsx'
import type { Conflict } from './merge.ts'
import { useRecord } from './record.ts'
import { isOpen, laterFields, stateWord } from './states.ts'
import { sectionsOf, titleOf, useRecordWords } from './words.ts'

function contentOf(kind: OwnKind, row: Row): Content {
  return Object.fromEntries(Object.keys(ownFields(kind.fields)).map((name) => [name, row[name]]))
}

function EditForm({ kind, base, again }: { kind: OwnKind; base: Row; again(): void }) {
  const client = useQueryClient()
  const { actor } = useSession()
  const name = `draft:${kind.name}:${base.id}`
  const [restored] = useState(() => {
    const draft = draftOf(name)
    return draft?.version === base.version ? draft : undefined
  })
  const form = useForm(kind.fields, restored?.content ?? contentOf(kind, base), restored?.titles ?? base.titles ?? {})
  useCrossChecks(kind, form, base.state)
  useBegunLines(kind.fields, form)
  const [conflict, setConflict] = useState<Conflict>()
  const [saved, setSaved] = useState(false)
  const changes = changesOf(kind.fields, base, withoutUntouched(kind.fields, form.content))
  const dirty = !saved && Object.keys(changes).length > 0
  const draft = useDraft(
    name,
    dirty ? { id: base.id, content: form.content, titles: form.titles, version: base.version } : undefined,
  )
  const words = useRecordWords({ ...base.titles, ...form.titles })
  const back = path.record(kind.name, base.id)

  const patch = async (content: Content, against: Row) => {
    const changed = changesOf(kind.fields, against, content)
    const item = waiting({
      account: actor.account,
      id: uuidv7(),
      kind: kind.name,
      kindTitle: kind.title,
      title: titleOf(kind, content, words),
      act: 'change',
      recordId: base.id,
      body: changed,
      base: against,
      titles: { ...base.titles, ...form.titles },
    })
    const isKept = Object.keys(changed).length > 0 && !(await sendOrKeep(item))
    draft.drop()
    setSaved(true)
    if (isKept) {
      say('没有网络，修改已存在本机，恢复后自动送出')
      return navigate(path.outbox(), { leave: true, replace: true })
    }
    await client.invalidateQueries({ predicate: (query) => query.queryKey[1] === kind.name })
    say('修改已保存')
    navigate(back, { leave: true, replace: true })
  }
  const saveAgainst = (against: Row) =>
    form.submit(async (content) => {
      try {
        await patch(content, against)
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'version-conflict') throw error
        setConflict({ base: against, mine: content, theirs: error.body.current as Row })
      }
    })
  const choose = (content: Content) => {
    if (!conflict) return
    const { theirs } = conflict
    setConflict(undefined)
    form.replace({ ...form.content, ...content })
    patch(content, theirs).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      if (error.code === 'version-conflict')
        return setConflict({ base: theirs, mine: content, theirs: error.body.current as Row })
      form.setProblems(error.problems.length > 0 ? error.problems : [{ at: '', code: error.code, text: error.message }])
    })
  }

  return (
    <FormBody
      fields={kind.fields}
      sections={sectionsOf(kind, laterFields(kind, base.state))}
      form={form}
      onSubmit={() => saveAgainst(base)}
    >
      <Leaving dirty={dirty} />
      {conflict && (
        <ConflictDialog
          kind={kind.name}
          fields={kind.fields}
          conflict={conflict}
          words={words}
          onChoose={choose}
          onClose={() => setConflict(undefined)}
        />
      )}
      {restored && (
        <p className="note" style={{ order: -1 }}>
          已恢复 {ageOf(restored.at)}
          {ageOf(restored.at) === '刚刚' ? '' : '前'}没有保存的修改。
          <button
            type="button"
            className="link"
            onClick={() => {
              draft.drop()
              again()
            }}
          >
            不要了，从原来的内容开始
          </button>
        </p>
      )}
      <div className="savebar noprint">
        <button
          type="submit"
          className="button primary"
          disabled={form.busy || !dirty}
          title={dirty ? undefined : '还没有修改'}
        >
          {form.busy ? '正在保存…' : '保存修改'}
        </button>
        <Link className="button" to={back}>
          取消
        </Link>
        {draft.keptAt && dirty && <span className="muted">草稿已存在本机 {minuteOf(draft.keptAt).slice(11)}</span>}
      </div>
    </FormBody>
  )
}

/** A change of a record, against the version that was read. */
export default function Edit({ kind, id }: { kind: OwnKind; id: string }) {
  const { data, error, refetch } = useRecord(kind, id)
  const words = useRecordWords(data?.titles ?? {})
  // The form works on the version it opened with: a background refresh must not slide under it.
  const [base, setBase] = useState<Row>()
  const [round, setRound] = useState(0)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!base && data) setBase(data)
  if (!base) return <Waiting />
  if (!kind.verbs.includes('change') || !isOpen(kind, base))
    return (
      <Empty
        title={
          kind.verbs.includes('change')
            ? `这条记录${stateWord(kind, base)}，不能再修改`
            : `您没有修改${kind.title}的权限`
        }
      >
        <Link className="button" to={path.record(kind.name, id)}>
          回到记录
        </Link>
      </Empty>
    )
  const title = titleOf(kind, base, words)
  return (
    <>
      <Head title={`修改${kind.title}`} sub={title} crumb={{ title, to: path.record(kind.name, id) }} />
      <EditForm key={`${base.version} ${round}`} kind={kind} base={base} again={() => setRound(round + 1)} />
    </>
  )
}
