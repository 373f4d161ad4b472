import type { Operand } from '../../language/expression/index.ts'
import type { Field } from '../../language/fields/index.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import type { Choosable } from './sources.ts'

/** A fixed value, in the form that its field is entered in. */
export function Given({
  field,
  value,
  change,
}: {
  field: Field
  value: Extract<Operand, { op: 'value' }>
  change(next: Operand): void
}) {
  const { units, regions } = useCatalogue()
  const set = (of: string | number, unit = value.unit) => change({ op: 'value', value: of, ...(unit ? { unit } : {}) })
  if (field.type === 'choice' || (field.type === 'code' && field.table === 'region')) {
    const options =
      field.type === 'choice' ? Object.entries(field.options) : regions.map(({ code, title }) => [code, title] as const)
    return (
      <select className="in" aria-label="值" value={String(value.value)} onChange={(event) => set(event.target.value)}>
        <option value="">请选择</option>
        {options.map(([code, title]) => (
          <option key={code} value={code}>
            {title}
          </option>
        ))}
      </select>
    )
  }
  if (field.type === 'day' || field.type === 'instant')
    return (
      <input
        className="in"
        type="date"
        aria-label="值"
        value={String(value.value)}
        onChange={(event) => set(event.target.value)}
      />
    )
  if (field.type === 'money')
    return (
      <span className="withunit">
        <input
          className="in"
          inputMode="decimal"
          aria-label="值（元）"
          defaultValue={value.value === '' ? '' : Number(value.value) / 100}
          onChange={(event) => set(Math.round(Number(event.target.value) * 100))}
        />
        元
      </span>
    )
  if (field.type === 'quantity')
    return (
      <span className="withunit">
        <input
          className="in"
          inputMode="decimal"
          aria-label="值"
          value={String(value.value)}
          onChange={(event) => set(event.target.value, value.unit ?? field.units[0])}
        />
        <select
          className="in"
          aria-label="单位"
          value={value.unit ?? field.units[0]}
          onChange={(event) => set(value.value, event.target.value)}
        >
          {field.units.map((unit) => (
            <option key={unit} value={unit}>
              {units[unit]}
            </option>
          ))}
        </select>
      </span>
    )
  return (
    <input
      className="in"
      aria-label="值"
      inputMode={field.type === 'number' ? 'decimal' : undefined}
      value={String(value.value)}
      onChange={(event) => set(event.target.value)}
    />
  )
}

function sameKind(field: Field, other: Field): boolean {
  const time = (each: Field) => each.type === 'day' || each.type === 'instant'
  return field.type === other.type || (time(field) && time(other))
}

/** The right side: a fixed value, another field of the same kind, or today. */
export function RightSide({
  field,
  right,
  change,
  names,
}: {
  field: Field
  right: Operand
  change(next: Operand): void
  names: readonly Choosable[]
}) {
  const others = names.filter((each) => sameKind(field, each.field))
  const isTime = field.type === 'day' || field.type === 'instant'
  const mode = right.op === 'field' ? `field ${right.name}` : right.op === 'today' ? 'today' : 'value'
  return (
    <>
      <select
        className="in"
        aria-label="与什么比较"
        value={mode}
        onChange={({ target: { value } }) =>
          change(
            value === 'value'
              ? { op: 'value', value: '' }
              : value === 'today'
                ? { op: 'today' }
                : { op: 'field', name: value.slice(6) },
          )
        }
      >
        <option value="value">固定值</option>
        {isTime && <option value="today">今天</option>}
        {others.map((each) => (
          <option key={each.name} value={`field ${each.name}`}>
            {each.title}
          </option>
        ))}
      </select>
      {right.op === 'value' && <Given field={field} value={right} change={change} />}
    </>
  )
}
