import { type ReactNode, useRef, useState } from 'react'
import type { ChoiceField } from '../../language/fields/choice.ts'
import type { Field } from '../../language/fields/index.ts'
import type { Checklist as Parts } from './checklist.ts'
import { type InputProps, idOf, problemAt, useWords } from './field-view.ts'
import { Input, isBlank, Labelled, plainOf } from './index.tsx'
import type { Line, Lines } from './lines.tsx'
import './checklist.css'

type Props = InputProps<Lines> & {
  parts: Parts
  lines: readonly Line[]
  keyOf(line: Line): number
  change(index: number, name: string, inner: unknown): void
  remove(index: number): void
  /** Sets what is not judged yet to the good finding. */
  passRest(): void
}

/** What the template says of a point: its longest words, with the short ones above them. */
function Given({ field, parts, line }: Pick<Props, 'field' | 'parts'> & { line: Line }) {
  const words = useWords()
  const said = parts.given.map((name) => plainOf(field.fields[name] as Field, line[name], words)).filter(Boolean)
  const main = said.reduce((longest, each) => (each.length > longest.length ? each : longest), '')
  return (
    <p className="said">
      <small>{said.filter((each) => each !== main).join(' · ')}</small>
      {main}
    </p>
  )
}

type PointProps = Props & { index: number; line: Line; isOwn: boolean }

/** One point: its finding is one tap; words and pictures are asked for where something is wrong, or wanted. */
function Point({ index, line, isOwn, ...props }: PointProps) {
  const { at, field, parts, problems, change, remove } = props
  const [wanted, setWanted] = useState(false)
  const place = (name: string) => `${at}/${index}/${name}`
  const verdict = field.fields[parts.verdict] as ChoiceField
  const isWrong = ['bad', 'warn'].includes(verdict.tones?.[String(line[parts.verdict])] ?? '')
  const isOpen =
    wanted || isWrong || parts.rest.some((name) => !isBlank(line[name]) || problemAt(problems, place(name)))
  const labelled = (name: string): ReactNode => {
    const inner = field.fields[name] as Field
    return (
      <Labelled key={name} at={place(name)} field={inner} problems={problems}>
        <Input
          id={idOf(place(name))}
          at={place(name)}
          field={inner}
          value={line[name]}
          onChange={(next) => change(index, name, next)}
          problems={problems}
        />
      </Labelled>
    )
  }
  const problem = problemAt(problems, place(parts.verdict))
  return (
    <li data-line={`${at}/${index}`} data-wrong={isWrong || undefined}>
      <div className="point">
        <i>{index + 1}</i>
        {isOwn ? <div className="ownpoint">{parts.given.map(labelled)}</div> : <Given {...{ field, parts, line }} />}
        <fieldset className="finding">
          <legend className="unseen">
            第 {index + 1} 项{verdict.title}
          </legend>
          <Input
            id={idOf(place(parts.verdict))}
            at={place(parts.verdict)}
            field={verdict}
            value={line[parts.verdict]}
            onChange={(next) => change(index, parts.verdict, next)}
            problems={problems}
          />
          {problem && <p className="wrong">{problem}</p>}
        </fieldset>
      </div>
      {isOpen ? (
        <div className="pointmore">{parts.rest.map(labelled)}</div>
      ) : (
        <button type="button" className="button plain small" onClick={() => setWanted(true)}>
          {parts.rest.map((name) => field.fields[name]?.title).join('、')}
        </button>
      )}
      {isOwn && (
        <button type="button" className="button plain small" onClick={() => remove(index)}>
          删除这一项
        </button>
      )}
    </li>
  )
}

/** Points of a template, answered one after another; what the template says is read, not typed. */
export function Checklist(props: Props) {
  const { lines, parts, field, keyOf, passRest } = props
  // A point that came whole is the template's; one that was added here is written here.
  const own = useRef(new Map<number, boolean>())
  const isOwn = (line: Line) => {
    const known = own.current.get(keyOf(line))
    const given = () => parts.given.some((name) => field.fields[name]?.required && isBlank(line[name]))
    const found = known ?? given()
    own.current.set(keyOf(line), found)
    return found
  }
  const judged = lines.filter((line) => !isBlank(line[parts.verdict])).length
  const verdict = field.fields[parts.verdict] as ChoiceField
  return (
    <div className="checklist">
      <p className="counted">
        <span>
          已判 {judged} 项，共 {lines.length} 项
        </span>
        {parts.good && judged < lines.length && (
          <button type="button" className="button small" onClick={passRest}>
            其余都{verdict.options[parts.good]}
          </button>
        )}
      </p>
      <ol>
        {lines.map((line, index) => (
          <Point key={keyOf(line)} {...props} {...{ line, index }} isOwn={isOwn(line)} />
        ))}
      </ol>
    </div>
  )
}
