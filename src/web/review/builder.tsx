import type { Condition, Operand, Source } from '../../language/expression/index.ts'
import { comparisonWord } from '../../language/expression/index.ts'
import type { Field, Fields } from '../../language/fields/index.ts'
import { RightSide } from './sides.tsx'
import { type Choosable, choosable } from './sources.ts'
import '../input/input.css'
import './review.css'

type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'
type Compared = Extract<Condition, { left: Operand; right: Operand }>
type Place = {
  fields: Fields
  sources: readonly Source[]
  at: string
  wrong: ReadonlyMap<string, string>
  isLine?: boolean
}

const comparisons: readonly Comparison[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le']
const isCompared = (condition: Condition): condition is Compared => comparisons.includes(condition.op as Comparison)

/** What a row can say of a field. */
type Act = Comparison | 'filled' | 'blank' | 'contains' | 'starts' | 'shape' | 'in'

function actsFor(field: Field | undefined): { value: Act; title: string }[] {
  const type = field?.type ?? 'text'
  const is = type === 'choice' ? 'option' : type === 'quantity' ? 'amount' : type
  const ordered = !/^(choice|code|reference|text|documentNumber)$/.test(type)
  const compare = comparisons
    .filter((op) => ordered || op === 'eq' || op === 'ne')
    .map((op) => ({ value: op as Act, title: comparisonWord(op, is as 'text') }))
  const texts: { value: Act; title: string }[] = /^(text|code|documentNumber)$/.test(type)
    ? [
        { value: 'contains', title: '含有' },
        { value: 'starts', title: '开头是' },
        { value: 'shape', title: '形如' },
      ]
    : []
  return [
    ...compare,
    ...(type === 'choice' ? [{ value: 'in' as Act, title: '是其中之一' }] : []),
    ...texts,
    { value: 'filled', title: '已填写' },
    { value: 'blank', title: '没有填写' },
  ]
}

export const blankCondition = (fields: Fields, sources: readonly Source[]): Condition => {
  const first = choosable(fields, sources)[0]
  return { op: 'filled', field: first?.name ?? '' }
}

function nameOf(condition: Condition): string {
  if ('field' in condition) return condition.field
  if ('left' in condition && condition.left.op === 'field') return condition.left.name
  return ''
}

const distanceOf = (condition: Condition) =>
  isCompared(condition) && (condition.left.op === 'hours' || condition.left.op === 'days') ? condition.left : undefined

/** How long from one moment to another. */
function Distance({
  condition,
  change,
  names,
}: {
  condition: Compared
  change(next: Condition): void
  names: readonly Choosable[]
}) {
  const left = condition.left as Extract<Operand, { from: Operand }>
  const moments = names.filter((each) => each.field.type === 'day' || each.field.type === 'instant')
  const pick = (which: 'from' | 'to') => {
    const side = left[which]
    return (
      <select
        className="in"
        aria-label={which === 'from' ? '从' : '到'}
        value={side.op === 'field' ? side.name : 'now'}
        onChange={({ target: { value } }) =>
          change({
            ...condition,
            left: { ...left, [which]: value === 'now' ? { op: 'now' } : { op: 'field', name: value } },
          })
        }
      >
        {moments.map((each) => (
          <option key={each.name} value={each.name}>
            {each.title}
          </option>
        ))}
        <option value="now">现在</option>
      </select>
    )
  }
  const plain: Field = { type: 'number', title: '' }
  return (
    <>
      从{pick('from')}到{pick('to')}
      <select
        className="in"
        aria-label="时间单位"
        value={left.op}
        onChange={({ target: { value } }) => change({ ...condition, left: { ...left, op: value as 'hours' } })}
      >
        <option value="hours">小时数</option>
        <option value="days">天数</option>
      </select>
      <select
        className="in"
        aria-label="比较"
        value={condition.op}
        onChange={({ target: { value } }) => change({ ...condition, op: value as Comparison })}
      >
        {comparisons.map((op) => (
          <option key={op} value={op}>
            {comparisonWord(op, 'number')}
          </option>
        ))}
      </select>
      <RightSide field={plain} right={condition.right} names={[]} change={(right) => change({ ...condition, right })} />
    </>
  )
}

function asAct(act: Act, name: string, before: Condition): Condition {
  const left: Operand = { op: 'field', name }
  if (act === 'filled' || act === 'blank') return { op: act, field: name }
  if (act === 'contains' || act === 'starts' || act === 'shape')
    return { op: act, left, text: 'text' in before ? before.text : '' }
  if (act === 'in') return { op: 'in', left, values: 'values' in before ? before.values : [] }
  return { op: act, left, right: isCompared(before) ? before.right : { op: 'value', value: '' } }
}

/** One row of the builder: a field, what is said of it, and what with. */
function Row({ condition, change, place }: { condition: Condition; change(next: Condition): void; place: Place }) {
  const names = choosable(place.fields, place.sources)
  const distance = distanceOf(condition)
  const name = distance ? '#distance' : nameOf(condition)
  const field = names.find((each) => each.name === name)?.field
  const acts = actsFor(field)
  const setName = (next: string) => {
    if (next === '#distance') {
      const first = names.find((each) => each.field.type === 'day' || each.field.type === 'instant')?.name ?? ''
      return change({
        op: 'le',
        left: { op: 'hours', from: { op: 'field', name: first }, to: { op: 'field', name: 'createdAt' } },
        right: { op: 'value', value: '24' },
      })
    }
    const of = names.find((each) => each.name === next)?.field
    const can = actsFor(of).map((each) => each.value)
    const kept =
      can.includes(condition.op as Act) && of?.type === field?.type ? (condition.op as Act) : (can[0] ?? 'filled')
    change(asAct(kept, next, of?.type === field?.type ? condition : { op: 'filled', field: next }))
  }
  return (
    <>
      <select className="in" aria-label="字段" value={name} onChange={(event) => setName(event.target.value)}>
        {names.map((each) => (
          <option key={each.name} value={each.name}>
            {each.title}
          </option>
        ))}
        {!place.isLine && <option value="#distance">相隔时间…</option>}
      </select>
      {distance && isCompared(condition) ? (
        <Distance condition={condition} change={change} names={names} />
      ) : (
        <>
          <select
            className="in"
            aria-label="比较"
            value={condition.op}
            onChange={({ target: { value } }) => change(asAct(value as Act, name, condition))}
          >
            {acts.map((act) => (
              <option key={act.value} value={act.value}>
                {act.title}
              </option>
            ))}
          </select>
          {isCompared(condition) && field && (
            <RightSide
              field={field}
              right={condition.right}
              names={names}
              change={(right) => change({ ...condition, right })}
            />
          )}
          {'text' in condition && (
            <input
              className="in"
              aria-label="文字"
              placeholder={condition.op === 'shape' ? 'A 字母，9 数字，* 任意' : ''}
              value={condition.text}
              onChange={({ target: { value } }) => change({ ...condition, text: value })}
            />
          )}
          {condition.op === 'in' && field?.type === 'choice' && (
            <span className="checks">
              {Object.entries(field.options).map(([code, title]) => (
                <label key={code}>
                  <input
                    type="checkbox"
                    checked={condition.values.includes(code)}
                    onChange={({ target: { checked } }) =>
                      change({
                        ...condition,
                        values: checked
                          ? [...condition.values, code]
                          : condition.values.filter((each) => each !== code),
                      })
                    }
                  />
                  {title}
                </label>
              ))}
            </span>
          )}
        </>
      )}
    </>
  )
}

/** No second record with the same values. */
function Unique({
  condition,
  change,
  place,
}: {
  condition: Extract<Condition, { op: 'unique' }>
  change(next: Condition): void
  place: Place
}) {
  const names = choosable(place.fields, []).filter((each) => !each.name.includes('.'))
  return (
    <span className="checks">
      这些字段合起来不重复：
      {names.map((each) => (
        <label key={each.name}>
          <input
            type="checkbox"
            checked={condition.fields.includes(each.name)}
            onChange={({ target: { checked } }) =>
              change({
                op: 'unique',
                fields: checked
                  ? [...condition.fields, each.name]
                  : condition.fields.filter((name) => name !== each.name),
              })
            }
          />
          {each.title}
        </label>
      ))}
    </span>
  )
}

const firstWrong = (wrong: ReadonlyMap<string, string>, at: string): string | undefined =>
  [...wrong].find(([place]) => place === at || place.startsWith(`${at}/`))?.[1]

type GroupProps = {
  condition: Condition | undefined
  change(next: Condition | undefined): void
  place: Place
  empty: string
}

/** Conditions joined by 并且 or 或者; rows, checks for repetition, and conditions on lines. */
export function Builder({ condition, change, place, empty }: GroupProps) {
  const group =
    condition && (condition.op === 'all' || condition.op === 'any')
      ? condition
      : condition
        ? { op: 'all' as const, of: [condition] }
        : { op: 'all' as const, of: [] as Condition[] }
  const set = (of: readonly Condition[], op = group.op) => change(of.length === 0 ? undefined : { op, of })
  const replace = (at: number, next: Condition) => set(group.of.map((each, index) => (index === at ? next : each)))
  const linesFields = Object.entries(place.fields).filter(([, field]) => field.type === 'lines')
  const isWhole = condition !== undefined && (condition.op === 'all' || condition.op === 'any')
  return (
    <div className="builder">
      {group.of.length === 0 && <p className="muted">{empty}</p>}
      {group.of.map((given, at) => {
        const isNot = given.op === 'not'
        const part = isNot ? given.of : given
        const put = (index: number, next: Condition) => replace(index, isNot ? { op: 'not', of: next } : next)
        const own = `${isWhole ? `${place.at}/of/${at}` : place.at}${isNot ? '/of' : ''}`
        const lines = part.op === 'each' || part.op === 'some' ? place.fields[part.lines] : undefined
        const wrong = firstWrong(place.wrong, own)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no name but their place
          <div className="part" key={at}>
            {at > 0 && (
              <button
                type="button"
                className="joint"
                title="点击改为另一种"
                onClick={() => set(group.of, group.op === 'all' ? 'any' : 'all')}
              >
                {group.op === 'all' ? '并且' : '或者'}
              </button>
            )}
            <div className="says" data-wrong={wrong ? '' : undefined}>
              <button
                type="button"
                className="joint"
                aria-pressed={isNot}
                title="点击改为相反"
                onClick={() => replace(at, isNot ? part : { op: 'not', of: part })}
              >
                {isNot ? '不能' : '要'}
              </button>
              {(part.op === 'each' || part.op === 'some') && lines?.type === 'lines' ? (
                <div className="nested">
                  {lines.title}
                  <select
                    className="in"
                    aria-label="哪些行"
                    value={part.op}
                    onChange={({ target: { value } }) => put(at, { ...part, op: value as 'each' })}
                  >
                    <option value="each">每一行都要</option>
                    <option value="some">至少一行要</option>
                  </select>
                  <Builder
                    condition={part.of}
                    change={(of) => put(at, { ...part, of: of ?? blankCondition(lines.fields, []) })}
                    place={{ ...place, fields: lines.fields, sources: place.sources, at: `${own}/of`, isLine: true }}
                    empty=""
                  />
                </div>
              ) : part.op === 'unique' ? (
                <Unique condition={part} change={(next) => put(at, next)} place={place} />
              ) : part.op === 'all' || part.op === 'any' || part.op === 'not' || part.op === 'rule' ? (
                <span className="muted">这一部分由接口写成，只能整块删除</span>
              ) : (
                <Row condition={part} change={(next) => put(at, next)} place={place} />
              )}
              <button
                type="button"
                className="button plain small"
                aria-label="删除这个条件"
                onClick={() => set(group.of.filter((_, index) => index !== at))}
              >
                删除
              </button>
            </div>
            {wrong && <p className="wrong">{wrong}</p>}
          </div>
        )
      })}
      <div className="adds">
        <button
          type="button"
          className="button small"
          onClick={() => set([...group.of, blankCondition(place.fields, place.sources)])}
        >
          加一个条件
        </button>
        {!place.isLine && (
          <button
            type="button"
            className="button plain small"
            onClick={() => set([...group.of, { op: 'unique', fields: [] }])}
          >
            查重复
          </button>
        )}
        {!place.isLine &&
          linesFields.map(([name, field]) => (
            <button
              key={name}
              type="button"
              className="button plain small"
              onClick={() =>
                field.type === 'lines' &&
                set([...group.of, { op: 'each', lines: name, of: blankCondition(field.fields, []) }])
              }
            >
              看{field.title}
            </button>
          ))}
      </div>
    </div>
  )
}
