import type { PlainFields } from '../../language/fields/index.ts'
import type { LinesField } from '../../language/fields/lines.ts'
import { useTakeScan } from '../scan/context.ts'
import { takesScans } from '../scan/fill.ts'
import { ScanButton } from '../scan/scan-button.tsx'
import { usePhone } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { checklistOf, restIsGood } from './checklist.ts'
import { Checklist } from './checklist.tsx'
import { type CellProps, type FieldView, type InputProps, idOf, problemAt } from './field-view.ts'
import { gridFits } from './grid-fits.ts'
import { Cell, cellAlign, flowOf, Input, isBlank, isShort, Labelled, plainOf } from './index.tsx'
import './lines.css'

export type Lines = LinesField<PlainFields>
export type Line = Record<string, unknown>

const own = (field: Lines) => Object.entries(field.fields).filter(([, inner]) => !inner.derived)

/** A stable key for each line object, so that deleting one keeps the inputs of the others. */
const keys = new WeakMap<Line, number>()
let count = 0
function keyOf(line: Line): number {
  const known = keys.get(line)
  if (known !== undefined) return known
  keys.set(line, ++count)
  return count
}

function useLines({ value, onChange, at }: InputProps<Lines>) {
  const lines = Array.isArray(value) ? (value as Line[]) : []
  const focusLine = (index: number) => {
    const first = () => document.querySelector<HTMLElement>(`[data-line="${at}/${index}"] :is(input, select)`)
    requestAnimationFrame(() => first()?.focus())
  }
  return {
    lines,
    change(index: number, name: string, inner: unknown) {
      const before = lines[index] as Line
      const after = { ...before, [name]: inner }
      keys.set(after, keyOf(before))
      onChange(lines.map((line) => (line === before ? after : line)))
    },
    add() {
      onChange([...lines, {}])
      focusLine(lines.length)
    },
    copy(index: number) {
      onChange([...lines.slice(0, index + 1), { ...lines[index] }, ...lines.slice(index + 1)])
      focusLine(index + 1)
    },
    remove(index: number) {
      onChange(lines.filter((_, each) => each !== index))
    },
    replace(next: Line[]) {
      for (const [index, line] of next.entries()) keys.set(line, keyOf(lines[index] as Line))
      onChange(next)
    },
  }
}

function LineActs({ index, copy, remove }: { index: number; copy(index: number): void; remove(index: number): void }) {
  return (
    <span className="lineacts">
      <button type="button" className="button plain small" onClick={() => copy(index)}>
        复制
      </button>
      <button type="button" className="button plain small" onClick={() => remove(index)}>
        删除
      </button>
    </span>
  )
}

/** At the desk: an editable grid; Enter goes to the next line's same column. */
function Grid(props: InputProps<Lines>) {
  const { at, field, problems } = props
  const { lines, change, copy, remove } = useLines(props)
  const down = (event: React.KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return
    event.preventDefault()
    const next = event.target.id.replace(
      /^(at.*-)(\d+)(-[^-]+)$/,
      (_, head, index, tail) => `${head}${Number(index) + 1}${tail}`,
    )
    document.getElementById(next)?.focus()
  }
  return (
    <div className="scroll grid">
      <table onKeyDown={down}>
        <thead>
          <tr>
            <th>#</th>
            {own(field).map(([name, inner]) => (
              <th key={name} data-type={inner.type} title={inner.help}>
                {inner.title}
                {!inner.required && <small> 选填</small>}
              </th>
            ))}
            <th />
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={keyOf(line)} data-line={`${at}/${index}`}>
              <td className="muted">{index + 1}</td>
              {own(field).map(([name, inner]) => {
                const place = `${at}/${index}/${name}`
                const problem = problemAt(problems, place)
                return (
                  <td key={name} data-type={inner.type} data-required={inner.required || undefined}>
                    <Input
                      id={idOf(place)}
                      at={place}
                      field={inner}
                      value={line[name]}
                      onChange={(next) => change(index, name, next)}
                      problems={problems}
                      compact
                    />
                    {problem && (
                      <p className="wrong" id={`${idOf(place)}-more`}>
                        {problem}
                      </p>
                    )}
                  </td>
                )
              })}
              <td>
                <LineActs index={index} copy={copy} remove={remove} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** On the phone, and where a line has more fields than stand side by side: one block a line, with the same inputs as any form. */
function Cards({ dense, ...props }: InputProps<Lines> & { dense: boolean }) {
  const { at, field, problems } = props
  const { lines, change, copy, remove } = useLines(props)
  return (
    <div className={dense ? 'linecards dense' : 'linecards'}>
      {lines.map((line, index) => (
        <section key={keyOf(line)} data-line={`${at}/${index}`}>
          <header>
            <b>第 {index + 1} 行</b>
            <LineActs index={index} copy={copy} remove={remove} />
          </header>
          {own(field).map(([name, inner]) => {
            const place = `${at}/${index}/${name}`
            return (
              <Labelled key={name} at={place} field={inner} problems={problems} short={isShort(inner)}>
                <Input
                  id={idOf(place)}
                  at={place}
                  field={inner}
                  value={line[name]}
                  onChange={(next) => change(index, name, next)}
                  problems={problems}
                  compact={dense}
                />
              </Labelled>
            )
          })}
        </section>
      ))}
    </div>
  )
}

function LinesInput(props: InputProps<Lines>) {
  const phone = usePhone()
  const { lines, add, change, remove, replace } = useLines(props)
  const parts = checklistOf(props.field)
  const take = useTakeScan()
  const max = props.field.max ?? 500
  // Menu, margins and the card around them take the rest of the window.
  const isGrid = !phone && gridFits(props.field.fields, window.innerWidth - 300)
  return (
    <div className="lines">
      {lines.length > 0 && parts && (
        <Checklist
          {...props}
          {...{ parts, lines, keyOf, change, remove }}
          passRest={() => replace(restIsGood(lines, parts))}
        />
      )}
      {lines.length > 0 && !parts && (isGrid ? <Grid {...props} /> : <Cards {...props} dense={!phone} />)}
      <button type="button" id={props.id} className="button" onClick={add} disabled={lines.length >= max}>
        {lines.length >= max ? `最多 ${max} 行` : `＋ 增加一行`}
      </button>
      {take && lines.length < max && takesScans(props.field.fields) && (
        <ScanButton
          title={`连续扫码登记${props.field.title}`}
          word="连续扫码"
          continuous
          onScan={(scanned) => take(props.at, scanned)}
        />
      )}
    </div>
  )
}

/** A lot of a product as it is followed: GS1 Digital Link. */
function lotLink(gtin: unknown, lot: unknown): string {
  return `https://id.gs1.org/01/${String(gtin).padStart(14, '0')}/10/${encodeURIComponent(String(lot))}`
}

function LinesFull({ field, value, words }: CellProps<Lines>) {
  const lines = value as Line[]
  const shown = Object.entries(field.fields).filter(([name]) =>
    lines.some((line) => line[name] !== undefined && line[name] !== null),
  )
  const gtin = shown.find(([, inner]) => inner.type === 'code' && inner.table === 'gtin')?.[0]
  return (
    <div className="scroll">
      <table className="rows tight stack">
        <thead>
          <tr>
            <th>#</th>
            {shown.map(([name, inner]) => (
              <th key={name} className={cellAlign(inner)}>
                {inner.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a shown document does not move its lines
            <tr key={index}>
              <td className="muted">{index + 1}</td>
              {shown.map(([name, inner]) => (
                <td
                  key={name}
                  data-title={inner.title}
                  data-blank={isBlank(line[name]) || undefined}
                  className={flowOf(inner, line[name], words) === 'clamp' ? 'long' : cellAlign(inner)}
                >
                  {name === 'lot' && gtin && line[gtin] ? (
                    <Link to={path.trace(lotLink(line[gtin], line.lot))} title="追溯这个批次">
                      {String(line.lot)}
                    </Link>
                  ) : (
                    <Cell field={inner} value={line[name]} words={words} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A line in a few words: its first field, and its quantity: how much came, before how much is in each. */
function nameOf(line: Line, field: Lines, words: CellProps['words']): string {
  const [first, ...rest] = Object.entries(field.fields)
  const amounts = rest.filter(([, inner]) => inner.type === 'quantity')
  const amount = amounts.find(([, inner]) => inner.required) ?? amounts[0]
  return [first, amount]
    .filter((entry) => entry !== undefined && line[entry[0]] !== undefined && line[entry[0]] !== null)
    .map((entry) => (entry ? plainOf(entry[1], line[entry[0]], words) : ''))
    .join(' ')
}

export const linesView: FieldView<Lines> = {
  Input: LinesInput,
  plain: (value, field, words) => (value as Line[]).map((line) => nameOf(line, field, words)).join('；'),
  Cell({ value, field, words }) {
    const lines = value as Line[]
    const names = lines.map((line) => nameOf(line, field, words))
    return (
      <span title={names.join('\n')}>
        {names.slice(0, 2).join('、')}
        {lines.length > 2 && <span className="muted"> 等 {lines.length} 行</span>}
      </span>
    )
  },
  Full: LinesFull,
}
