import { type ReactNode, useEffect, useMemo, useState } from 'react'
import type { Field } from '../../language/fields/index.ts'
import { WordsContext } from '../input/index.tsx'
import { DayPicker, Picker, RangePicker } from '../input/pick.tsx'
import { ReferencePicker } from '../input/reference.tsx'
import { type OwnKind, useCatalogue } from '../shell/catalogue.ts'
import { usePhone } from '../shell/layout.tsx'
import type { Query } from '../shell/path.ts'
import { useSession } from '../shell/session.tsx'
import { stateOptions } from './states.ts'
import { isSeenAcrossOwners, useRecordWords } from './words.ts'

type Props = { kind: OwnKind; query: Query; titles: Record<string, string>; set(change: Query): void; clear(): void }

/** Typing rests before the list follows it. */
function SearchBox({ value, placeholder, set }: { value: string; placeholder: string; set(text: string): void }) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => set(text.trim()), 300)
    return () => clearTimeout(timer)
  }, [text, value, set])
  return (
    <input
      type="search"
      className="in"
      aria-label="在本列表中查找"
      placeholder={placeholder}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => event.key === 'Escape' && setText('')}
    />
  )
}

function OneFilter({
  name,
  field,
  query,
  titles,
  set,
}: Omit<Props, 'kind' | 'clear'> & { name: string; field: Field }) {
  const { regions, codeTables } = useCatalogue()
  const value = query[name]
  if (field.type === 'day' || field.type === 'instant')
    return (
      <RangePicker
        label={field.title}
        value={{ from: query[`${name}.from`], to: query[`${name}.to`] }}
        onChange={({ from, to }) => set({ [`${name}.from`]: from, [`${name}.to`]: to })}
      />
    )
  if (field.type === 'validity')
    return (
      <span className="validon">
        {field.title}：在
        <DayPicker
          value={query[`${name}.on`]}
          onChange={(on) => set({ [`${name}.on`]: on })}
          label={`${field.title}在哪天`}
        />
      </span>
    )
  if (field.type === 'reference')
    return (
      <ReferencePicker
        to={field.to}
        value={value}
        title={value && titles[value]}
        onPick={(id) => set({ [name]: id })}
        placeholder={field.title}
        label={field.title}
        clearable
      />
    )
  const options =
    field.type === 'choice'
      ? Object.entries(field.options).map(([option, word]) => ({ value: option, label: word }))
      : field.type === 'code' && field.table === 'region'
        ? regions.map((region) => ({ value: region.code, label: region.title }))
        : field.type === 'code'
          ? codeTables?.[field.table]?.map(({ code, title }) => ({ value: code, label: title }))
          : undefined
  if (!options) return null
  return (
    <Picker
      mode="multiple"
      maxTagCount="responsive"
      placeholder={field.title}
      aria-label={field.title}
      allowClear
      options={options}
      showSearch={{ optionFilterProp: 'label' }}
      value={value ? value.split(',') : []}
      onChange={(chosen) => set({ [name]: (chosen as string[]).join(',') || undefined })}
    />
  )
}

function useOwnerFilters({ kind, query, titles, set }: Props): ReactNode[] {
  const { kinds, regions } = useCatalogue()
  const { actor } = useSession()
  const ownerKind = kinds.find((each) => each.isOwner)
  if (!isSeenAcrossOwners(kind, actor.role)) return []
  const owner = ownerKind && (
    <ReferencePicker
      key="owner"
      to={ownerKind.name}
      value={query.ownerId}
      title={query.ownerId && titles[query.ownerId]}
      onPick={(id) => set({ ownerId: id })}
      placeholder="单位"
      label="单位"
      clearable
    />
  )
  const region = actor.role === 'city' && (
    <Picker
      key="region"
      placeholder="县区"
      aria-label="县区"
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      options={regions.map((each) => ({ value: each.code, label: each.title }))}
      value={query.region ?? null}
      onChange={(code) => set({ region: (code as string) ?? undefined })}
    />
  )
  return [region, owner].filter(Boolean)
}

/** What narrows a list, derived from the kind: search, its declared filters, whose records, and void ones. */
export function Filters(props: Props) {
  const { kind, query, titles, set, clear } = props
  const base = useRecordWords(titles)
  const ownerFilters = useOwnerFilters(props)
  const words = useMemo(() => ({ ...base, learn: () => {} }), [base])
  const searched = (kind.list.search ?? []).map((name) => kind.fields[name]?.title).filter(Boolean)
  const narrowing = Object.keys(query).filter((name) => !['sort', 'q', 'columns', 'as'].includes(name))
  const isNarrowed = narrowing.length > 0 || !!query.q
  const hasDate = (kind.list.filters ?? []).some((name) => /^(day|instant)$/.test(kind.fields[name]?.type ?? ''))
  const phone = usePhone()
  const [open, setOpen] = useState(false)
  return (
    <WordsContext value={words}>
      <div className="filters noprint">
        {searched.length > 0 && (
          <SearchBox
            value={query.q ?? ''}
            placeholder={`查找${searched.slice(0, 3).join('、')}`}
            set={(q) => set({ q: q || undefined })}
          />
        )}
        {phone && (
          <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            筛选{narrowing.length > 0 && ` ${narrowing.length}`}
          </button>
        )}
        {(!phone || open) && (
          <>
            {(kind.list.filters ?? []).map((name) => {
              const field = kind.fields[name]
              return field && <OneFilter key={name} {...{ name, field, query, titles, set }} />
            })}
            {!hasDate && (
              <RangePicker
                label="登记时间"
                value={{ from: query['createdAt.from'], to: query['createdAt.to'] }}
                onChange={({ from, to }) => set({ 'createdAt.from': from, 'createdAt.to': to })}
              />
            )}
            {ownerFilters}
            {kind.states ? (
              <Picker
                mode="multiple"
                maxTagCount="responsive"
                placeholder="状态"
                aria-label="状态"
                allowClear
                options={stateOptions(kind)}
                value={query.state && query.state !== 'all' ? query.state.split(',') : []}
                onChange={(chosen) => set({ state: (chosen as string[]).join(',') || undefined })}
              />
            ) : (
              <label className="check">
                <input
                  type="checkbox"
                  checked={query.state === 'all'}
                  onChange={(event) => set({ state: event.target.checked ? 'all' : undefined })}
                />
                含作废
              </label>
            )}
            {kind.timing?.lateAfterHours && (
              <label className="check">
                <input
                  type="checkbox"
                  checked={query.late === 'true'}
                  onChange={(event) => set({ late: event.target.checked ? 'true' : undefined })}
                />
                只看补录
              </label>
            )}
          </>
        )}
        {isNarrowed && (
          <button type="button" className="button plain small" onClick={clear}>
            清除条件
          </button>
        )}
      </div>
    </WordsContext>
  )
}
