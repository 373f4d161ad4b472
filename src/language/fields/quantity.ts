import { isDecimal, millionths, plainDecimal } from '../decimal.ts'
import { type Declared, type FieldBase, type FieldType, type Known, literal, refuse } from '../field.ts'
import { convert, type Unit, unitFacts, units } from '../units.ts'

export { type Unit, units }

export type QuantityField = FieldBase & {
  type: 'quantity'
  /** Allowed units, the usual one first. */
  units: readonly [Unit, ...Unit[]]
  min?: string
  max?: string
}

export type Quantity = { value: string; unit: Unit }

/** A measured amount with its unit; exact decimals, never floats. */
export function quantity<const Required extends boolean = false>(
  field: Declared<QuantityField, Required>,
): Known<QuantityField, Required> {
  return { type: 'quantity', ...field }
}

const range = (field: QuantityField) => ({ min: field.min ?? '0', max: field.max ?? '999999999999' })

/** Amounts in several units of one measure are compared in the usual unit, so that 500 g is found below 1 kg. */
export function comparable(field: QuantityField): boolean {
  return (
    field.units.length > 1 && field.units.some((unit) => unit !== field.units[0] && convert('1', unit, field.units[0]))
  )
}

function inBase(field: QuantityField): (column: string) => string {
  const usual = field.units[0]
  return (column) => {
    const cases = field.units.map((unit) => {
      const inUsual = convert('1', unit, usual) !== undefined
      const factor = `${unitFacts[unit].factor} / ${unitFacts[usual].factor}`
      return `when '${unit}' then ${inUsual ? `${column} * ${factor}` : 'null'}`
    })
    return `case ${column}_unit ${cases.join(' ')} end`
  }
}

const bounds = new WeakMap<QuantityField, { least: bigint; most: bigint }>()

function boundsOf(field: QuantityField): { least: bigint; most: bigint } {
  const known = bounds.get(field)
  if (known) return known
  const { min, max } = range(field)
  const made = { least: millionths(min), most: millionths(max) }
  bounds.set(field, made)
  return made
}

/** A bare number or decimal string means the usual unit. */
function parts(value: unknown, field: QuantityField): { value: unknown; unit: unknown } | undefined {
  if (typeof value === 'string' || typeof value === 'number') return { value, unit: field.units[0] }
  if (typeof value === 'object' && value !== null && 'value' in value)
    return { value: value.value, unit: 'unit' in value ? value.unit : field.units[0] }
  return undefined
}

export const quantityType: FieldType<QuantityField, Quantity> = {
  columns: (field) => [
    { suffix: '', type: 'numeric(18,6)' },
    { suffix: '_unit', type: 'text' },
    ...(comparable(field) ? [{ suffix: '_base', type: 'numeric(24,6)', generated: inBase(field) }] : []),
  ],
  constraints: (field, column) => [
    `${column} between ${range(field).min} and ${range(field).max}`,
    `${column}_unit in (${field.units.map(literal).join(', ')})`,
    `(${column} is null) = (${column}_unit is null)`,
  ],
  schema: (field) => ({
    type: 'object',
    required: ['value', 'unit'],
    additionalProperties: false,
    properties: {
      value: { type: 'string', pattern: '^-?\\d{1,12}(\\.\\d{1,6})?$' },
      unit: { enum: [...field.units] },
    },
  }),
  check(value, field, at) {
    const given = parts(value, field)
    const amount = typeof given?.value === 'number' ? String(given.value) : given?.value
    if (typeof amount !== 'string' || !isDecimal(amount.trim()))
      return refuse('wrong-type', `${field.title}应为数字，最多 6 位小数`, `${at}/value`)
    const unit = field.units.find((each) => each === given?.unit)
    if (!unit)
      return refuse(
        'wrong-unit',
        `${field.title}的单位应为${field.units.map((u) => units[u]).join('、')}`,
        `${at}/unit`,
      )
    const { least, most } = boundsOf(field)
    const exact = millionths(amount.trim())
    if (exact < least || exact > most) {
      const { min, max } = range(field)
      return refuse(
        'out-of-range',
        `${field.title}应在 ${min} 到 ${max} ${units[unit]}之间，现在是 ${amount}`,
        `${at}/value`,
      )
    }
    return { value: { value: plainDecimal(amount.trim()), unit } }
  },
  toColumns: (value) => ({ '': value.value, _unit: value.unit }),
  image: (row, column) =>
    `case when ${row}.${column} is null then null else jsonb_build_object('value', trim_scale(${row}.${column})::text, 'unit', ${row}.${column}_unit) end`,
  filter: 'range',
}
