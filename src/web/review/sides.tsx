import type { Operand } from '../../language/expression/index.ts'
import type { Field } from '../../language/fields/index.ts'
import { convertible, type Unit, unitFacts } from '../../language/units.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { type Choosable, type OfferedLaw, useLaws } from './sources.ts'

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

const signs = { add: '加', sub: '减', mul: '乘以', div: '除以' } as const
type Calculated = Extract<Operand, { op: keyof typeof signs }>
const isCalculated = (operand: Operand): operand is Calculated => Object.hasOwn(signs, operand.op)

/** Another field with a fixed number added, taken away, multiplied or divided. */
function Calculation(props: {
  of: Calculated
  field: Field
  names: readonly Choosable[]
  change(next: Operand): void
}) {
  const { of, field, names, change } = props
  const left = of.left.op === 'field' ? of.left.name : ''
  const plain: Field = of.op === 'mul' || of.op === 'div' ? { type: 'number', title: '' } : field
  return (
    <span className="withunit">
      <select
        className="in"
        aria-label="算哪个字段"
        value={left}
        onChange={({ target }) => change({ ...of, left: { op: 'field', name: target.value } })}
      >
        {names.map((each) => (
          <option key={each.name} value={each.name}>
            {each.title}
          </option>
        ))}
      </select>
      <select
        className="in"
        aria-label="怎么算"
        value={of.op}
        onChange={({ target }) =>
          change({ ...of, op: target.value as Calculated['op'], right: { op: 'value', value: '' } })
        }
      >
        {Object.entries(signs).map(([op, title]) => (
          <option key={op} value={op}>
            {title}
          </option>
        ))}
      </select>
      <Given
        field={plain}
        value={of.right.op === 'value' ? of.right : { op: 'value', value: '' }}
        change={(right) => change({ ...of, right })}
      />
    </span>
  )
}

/** Whether a figure of the rules table can be held against the field: an amount meets what converts into its units. */
const meets = (law: OfferedLaw, field: Field): boolean =>
  field.type !== 'quantity' || field.units.some((unit) => law.unit in unitFacts && convertible(unit, law.unit as Unit))

/** A figure of the rules table, as it is on the day. */
export function Law({ name, field, change }: { name: string; field: Field; change(next: Operand): void }) {
  const laws = useLaws().filter((each) => each.name === name || meets(each, field))
  return (
    <select
      className="in"
      aria-label="哪项法规数值"
      value={name}
      onChange={({ target }) => change({ op: 'law', name: target.value })}
    >
      <option value="">请选择</option>
      {laws.map((each) => (
        <option key={each.name} value={each.name}>
          {each.title}
        </option>
      ))}
    </select>
  )
}

/** The right side: a fixed value, another field of the same kind, a calculation, a figure of the law, or today. */
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
  const isSum = /^(number|quantity|money)$/.test(field.type) && others.length > 0
  const mode =
    right.op === 'field'
      ? `field ${right.name}`
      : right.op === 'today' || right.op === 'law'
        ? right.op
        : isCalculated(right)
          ? 'calculation'
          : 'value'
  const begin = (value: string): Operand => {
    if (value === 'value') return { op: 'value', value: '' }
    if (value === 'today') return { op: 'today' }
    if (value === 'law') return { op: 'law', name: '' }
    if (value !== 'calculation') return { op: 'field', name: value.slice(6) }
    const left: Operand = { op: 'field', name: others[0]?.name ?? '' }
    return { op: 'mul', left, right: { op: 'value', value: '' } }
  }
  return (
    <>
      <select
        className="in"
        aria-label="与什么比较"
        value={mode}
        onChange={({ target: { value } }) => change(begin(value))}
      >
        <option value="value">固定值</option>
        {isTime && <option value="today">今天</option>}
        {(field.type === 'number' || field.type === 'quantity') && <option value="law">法规数值</option>}
        {isSum && <option value="calculation">算出来的数</option>}
        {others.map((each) => (
          <option key={each.name} value={`field ${each.name}`}>
            {each.title}
          </option>
        ))}
      </select>
      {right.op === 'value' && <Given field={field} value={right} change={change} />}
      {right.op === 'law' && <Law name={right.name} field={field} change={change} />}
      {isCalculated(right) && <Calculation of={right} field={field} names={others} change={change} />}
    </>
  )
}
