import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ReferenceField } from '../../language/fields/reference.ts'
import { useOutbox } from '../outbox/use-outbox.ts'
import { read } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { type CellProps, type FieldView, type InputProps, problemAt, useWords } from './field-view.ts'
import { Picker } from './pick.tsx'

type Found = { items: { id: string; title: string; region?: string }[] }

/** Records of a kind that the user may refer to, found as typed. */
export function ReferencePicker(props: {
  id?: string
  to: string
  value: string | undefined
  title: string | undefined
  onPick(id: string | undefined, title: string): void
  onBlur?(): void
  placeholder: string
  invalid?: boolean
  clearable?: boolean
  label?: string
  /** Records that wait here to be sent, and so can be referred to before the server knows them. */
  unsent?: readonly { id: string; title: string }[]
}) {
  const { to, value, title, onPick, unsent = [] } = props
  const { regions } = useWords()
  const [text, setText] = useState('')
  const [q, setQ] = useState('')
  const [opened, setOpened] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setQ(text.trim()), 180)
    return () => clearTimeout(timer)
  }, [text])
  const { data, isFetching } = useQuery({
    queryKey: ['references', to, q],
    queryFn: ({ signal }) => read<Found>(`/api/v1/references/${to}`, { q }, signal),
    enabled: opened,
    placeholderData: keepPreviousData,
  })
  const found: { value: string; label: string; region?: string }[] = (data?.items ?? []).map((item) => ({
    value: item.id,
    label: item.title,
    region: item.region ? regions[item.region] : undefined,
  }))
  const waiting = unsent
    .filter((item) => item.title.includes(q) && !found.some(({ value: id }) => id === item.id))
    .map((item) => ({ value: item.id, label: item.title, region: '待送' }))
  found.unshift(...waiting)
  const isChosenFound = found.some((item) => item.value === value)
  const options = value && title && !isChosenFound && !text ? [{ value, label: title }, ...found] : found
  return (
    <Picker
      id={props.id}
      showSearch={{ filterOption: false, onSearch: setText }}
      value={value ?? null}
      labelRender={({ label }) => label ?? title ?? value}
      options={options}
      optionRender={(option) => (
        <span className="option">
          {option.label}
          <small>{option.data.region}</small>
        </span>
      )}
      placeholder={props.placeholder}
      onOpenChange={(isOpen) => isOpen && setOpened(true)}
      onChange={(next, option) => {
        const label = Array.isArray(option) ? undefined : option?.label
        onPick(typeof next === 'string' ? next : undefined, String(label ?? title ?? ''))
        setText('')
      }}
      onBlur={props.onBlur}
      allowClear={props.clearable}
      status={props.invalid ? 'error' : undefined}
      aria-label={props.label}
      empty={isFetching ? '正在查找…' : text ? `没有找到“${text}”` : '还没有可选的'}
    />
  )
}

function ReferenceInput({ id, at, field, value, onChange, onBlur, problems, compact }: InputProps<ReferenceField>) {
  const { titles, learn } = useWords()
  const unsent = useOutbox()
    .filter((item) => item.act === 'create' && item.kind === field.to)
    .map((item) => ({ id: item.recordId, title: item.title }))
  const chosen = typeof value === 'string' ? value : undefined
  return (
    <ReferencePicker
      id={id}
      to={field.to}
      unsent={unsent}
      value={chosen}
      title={chosen && titles[chosen]}
      onPick={(next, title) => {
        if (next) learn(next, title)
        onChange(next)
      }}
      onBlur={onBlur}
      placeholder="输入名称查找"
      invalid={problemAt(problems, at) !== undefined}
      clearable={!field.required}
      label={compact ? field.title : undefined}
    />
  )
}

function ReferenceCell({ field, value, words }: CellProps<ReferenceField>) {
  return <span>{words.titles[String(value)] ?? (words.fieldsOf(field.to) ? '已选' : '（无权查看）')}</span>
}

function ReferenceFull({ field, value, words }: CellProps<ReferenceField>) {
  const title = words.titles[String(value)]
  // An older version may refer to what the titles of today do not name: a link all the same.
  if (words.fieldsOf(field.to) && (title || !words.isAll))
    return <Link to={path.record(field.to, String(value))}>{title ?? '查看'}</Link>
  return title ? <span>{title}</span> : <span className="muted">（无权查看）</span>
}

export const referenceView: FieldView<ReferenceField> = {
  Input: ReferenceInput,
  plain: (value, _, words) => words.titles[String(value)] ?? String(value),
  Cell: ReferenceCell,
  Full: ReferenceFull,
}
