import { useQueryClient } from '@tanstack/react-query'
import type { Fields } from '../../language/fields/index.ts'
import type { Transition } from '../../language/kind.ts'
import { waiting } from '../outbox/item.ts'
import { sendOrKeep } from '../outbox/send.ts'
import { Refusal } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { useSession } from '../shell/session.tsx'
import { Drawer } from '../ui/dialog.tsx'
import { say } from '../ui/toast.tsx'
import { useBegunLines } from './begun-lines.ts'
import { type Content, changesOf, startingContent } from './content.ts'
import { useCrossChecks } from './cross-checks.ts'
import { FormBody, useForm } from './form.tsx'
import { uuidv7 } from './id.ts'
import { titleOf, useRecordWords } from './words.ts'

/** The fields that a step asks for; those it needs are required here, whatever they are elsewhere. */
export function askedFields(kind: OwnKind, step: Transition): Fields {
  const names = step.asks ?? []
  return Object.fromEntries(
    names.flatMap((name) => {
      const field = kind.fields[name]
      return field ? [[name, step.needs?.includes(name) ? { ...field, required: true } : field]] : []
    }),
  )
}

/** Takes a record from one state to the next, with what the step asks for. */
export function StepDrawer(props: { kind: OwnKind; row: Row; step: Transition; onClose(): void }) {
  const { kind, row, step, onClose } = props
  const client = useQueryClient()
  const { actor } = useSession()
  const words = useRecordWords(row.titles ?? {})
  const fields = askedFields(kind, step)
  const filled = Object.fromEntries(Object.keys(fields).map((name) => [name, row[name]]))
  const blank = startingContent(fields)
  const initial = Object.fromEntries(Object.keys(fields).map((name) => [name, filled[name] ?? blank[name]]))
  const form = useForm(fields, initial, row.titles ?? {})
  useCrossChecks(kind, form, step.to, row)
  const isBegun = Object.values(fields).some((field) => field.type === 'lines' && field.begins)
  useBegunLines(isBegun ? kind.fields : fields, form, row)
  const send = (content: Content) =>
    sendOrKeep(
      waiting({
        account: actor.account,
        id: uuidv7(),
        kind: kind.name,
        kindTitle: kind.title,
        title: titleOf(kind, row, words),
        act: 'step',
        step: { name: step.name, title: step.title, to: step.to },
        recordId: row.id,
        body: changesOf(fields, row, content),
        base: row,
        titles: { ...row.titles, ...form.titles },
      }),
    )
  const take = () =>
    form.submit(async (content) => {
      let taken: Row | undefined
      try {
        taken = await send(content)
      } catch (error) {
        if (error instanceof Refusal && error.code === 'version-conflict')
          await client.invalidateQueries({ queryKey: ['record', kind.name] })
        throw error
      }
      await client.invalidateQueries({ predicate: (query) => query.queryKey[1] === kind.name })
      client.invalidateQueries({ queryKey: ['home'] })
      say(taken?.flow ? '已发起审批，通过后生效' : taken ? `已${step.title}` : '没有网络，已存在本机，恢复后自动送出')
      onClose()
    })
  const count = Object.keys(fields).length
  return (
    <Drawer title={step.title} onClose={onClose} wide={Object.values(fields).some((field) => field.type === 'lines')}>
      <FormBody fields={fields} sections={[{ title: '', fields: Object.keys(fields) }]} form={form} onSubmit={take}>
        {count === 0 && <p>{`${kind.title}将变为“${kind.states?.names[step.to] ?? step.to}”。`}</p>}
        <div className="savebar">
          <button type="submit" className="button primary" disabled={form.busy}>
            {form.busy ? '正在办理…' : step.title}
          </button>
          <button type="button" className="button" onClick={onClose}>
            取消
          </button>
        </div>
      </FormBody>
    </Drawer>
  )
}
