import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ownFields, startingContent, tidy } from '../record/content.ts'
import { FormBody, useForm } from '../record/form.tsx'
import { uuidv7 } from '../record/id.ts'
import { call } from '../shell/api.ts'
import { type Operation, useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { Result } from './result.tsx'

function OperationForm({ operation, done }: { operation: Operation; done(result: unknown): void }) {
  const client = useQueryClient()
  const { id, ...asked } = operation.fields
  const form = useForm(asked, startingContent(asked), {})
  // An `id` among the fields makes a repeated submission the same act: made once for this form, never asked for.
  const [own] = useState(() => (id ? { id: uuidv7() } : {}))
  const run = () =>
    form.submit(async (content) => {
      const body = { ...own, ...tidy(ownFields(asked), content) }
      const result = await call<unknown>('POST', `/api/v1/operations/${operation.name}`, body)
      client.invalidateQueries()
      done(result)
    })
  const sections = [{ title: '', fields: Object.keys(asked) }]
  return (
    <FormBody fields={asked} sections={sections} form={form} onSubmit={run}>
      <div className="savebar noprint">
        <button type="submit" className="button primary" disabled={form.busy}>
          {form.busy ? '正在办理…' : operation.title}
        </button>
      </div>
    </FormBody>
  )
}

/** A named act: its form is derived from its fields, its result shown as the server tells it. */
export default function OperationPage({ operation }: { operation: Operation }) {
  const { areas } = useCatalogue()
  const [results, setResults] = useState<{ key: number; result: unknown }[]>([])
  return (
    <>
      <Head title={operation.title} sub={operation.help || areas.find((area) => area.name === operation.area)?.title} />
      {results.map(({ key, result }) => (
        <Result key={key} operation={operation} result={result} />
      ))}
      <OperationForm
        key={results.length}
        operation={operation}
        done={(result) => {
          setResults([{ key: results.length, result }, ...results])
          window.scrollTo(0, 0)
        }}
      />
    </>
  )
}
