import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Field } from '../../language/fields/index.ts'
import { problemsOfOne, tidy } from '../record/content.ts'
import { FormBody, useForm } from '../record/form.tsx'
import { sectionsOf } from '../record/words.ts'
import { call, Refusal, read } from '../shell/api.ts'
import { type OwnKind, useCatalogue } from '../shell/catalogue.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Problems } from '../trace/problems.tsx'
import { Drawer } from '../ui/dialog.tsx'
import { Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import type { Held } from './held.ts'

type Props = { held: Held; onClose(): void; done(): Promise<void> }

/** Values that an input can hold; the others are told beside the form and entered anew. */
function enterable(kind: OwnKind, content: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(content).filter(([name, value]) => {
      const field: Field | undefined = kind.fields[name]
      return (
        field !== undefined &&
        !problemsOfOne(field, value, '').some(({ code }) => /wrong-type|not-an-option|wrong-unit/.test(code))
      )
    }),
  )
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

async function mendAndReplay(held: Held, change: object): Promise<string | undefined> {
  const saved = await call<Held>('PATCH', `/api/v1/quarantine/${held.id}`, { version: held.version, ...change })
  if (saved.reason.problems.length > 0)
    throw new Refusal(422, { detail: saved.reason.text, problems: saved.reason.problems })
  const { items } = await call<{ items: { state: string; text?: string }[] }>('POST', '/api/v1/quarantine/replay', {
    ids: [held.id],
  })
  return items[0]?.state === 'replayed' ? undefined : (items[0]?.text ?? '没有入库')
}

/** The record's own form over what was sent. */
function RecordForm({ held, kind, onClose, done }: Props & { kind: OwnKind }) {
  const content = held.content ?? {}
  const [start] = useState(() => enterable(kind, content))
  const form = useForm(kind.fields, start, {})
  const lost = held.reason.problems.flatMap(({ at, text }) => {
    const name = at.split('/')[1] ?? ''
    return name in content && !(name in start) ? [`${text}（送来的是“${plain(content[name])}”）`] : [text]
  })
  const save = () =>
    form.submit(async (filled) => {
      const refused = await mendAndReplay(held, {
        content: { ...(content.id ? { id: content.id } : {}), ...tidy(kind.fields, filled) },
      })
      await done()
      say(refused ? `仍不符合：${refused}` : '已入库')
      if (!refused) onClose()
    })
  return (
    <FormBody fields={kind.fields} sections={sectionsOf(kind)} form={form} onSubmit={save}>
      {lost.length > 0 && (
        <p className="note warn" style={{ order: -1 }}>
          {lost.slice(0, 5).join('；')}
        </p>
      )}
      <div className="savebar">
        <button type="submit" className="button primary" disabled={form.busy}>
          {form.busy ? '正在重放…' : '改好重放'}
        </button>
      </div>
    </FormBody>
  )
}

/** An event document is text: it is corrected where it stands. */
function TextForm({ held, onClose, done }: Props) {
  const [text, setText] = useState(held.text ?? '')
  const [area, setArea] = useState<HTMLTextAreaElement | null>(null)
  const [wrong, setWrong] = useState<string>()
  const save = async () => {
    try {
      const refused = await mendAndReplay(held, { text })
      await done()
      if (refused) setWrong(refused)
      else {
        say('已入库')
        onClose()
      }
    } catch (error) {
      setWrong(error instanceof Refusal ? error.message : '没有办成')
    }
  }
  return (
    <>
      <Problems problems={held.reason.problems.slice(0, 20)} text={text} area={area} />
      <textarea
        ref={setArea}
        className="in mono documenttext"
        rows={20}
        aria-label="文档"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {wrong && <p className="note bad">{wrong}</p>}
      <button type="button" className="button primary" onClick={save}>
        改好重放
      </button>
    </>
  )
}

/** One refused thing: what was sent, what is wrong with it, and the form to mend it. */
export function MendOne({ id, onClose, done }: { id: string; onClose(): void; done(): Promise<void> }) {
  const { kinds } = useCatalogue()
  const {
    data: held,
    error,
    refetch,
  } = useQuery({ queryKey: ['held', id], queryFn: () => read<Held>(`/api/v1/quarantine/${id}`), staleTime: 0 })
  const kind = kinds.find((each) => each.name === held?.kind)
  return (
    <Drawer title={held ? `被拒收的${held.kindTitle}` : '被拒收的数据'} onClose={onClose} wide>
      {error ? (
        <Trouble error={error} retry={refetch} />
      ) : !held ? (
        <Waiting />
      ) : !held.mine || held.state !== 'open' ? (
        <>
          {held.reason.problems.map(({ at, text }) => (
            <p key={`${at} ${text}`}>{text}</p>
          ))}
          <pre className="mono" style={{ whiteSpace: 'pre-wrap' }}>
            {JSON.stringify(held.content ?? held.text ?? '', null, 2)}
          </pre>
          {!held.mine && <p className="sub">由送来数据的单位改正。</p>}
        </>
      ) : kind && held.content ? (
        <RecordForm held={held} kind={kind} onClose={onClose} done={done} />
      ) : (
        <TextForm held={held} onClose={onClose} done={done} />
      )}
    </Drawer>
  )
}
