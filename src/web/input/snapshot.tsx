import type { SnapshotField } from '../../language/fields/snapshot.ts'
import type { CellProps, FieldView } from './field-view.ts'
import { plainOf } from './index.tsx'

/** Each kept field with its title, from the declaration of the kind that was copied. */
function entriesOf({ field, value, words, siblings }: CellProps<SnapshotField>): [string, string][] {
  const from = siblings?.[field.from]
  const fields = from?.type === 'reference' ? words.fieldsOf(from.to) : undefined
  const kept = value as Record<string, unknown>
  return field.fields
    .filter((name) => kept[name] !== undefined && kept[name] !== null)
    .map((name) => {
      const inner = fields?.[name]
      return [inner?.title ?? name, inner ? plainOf(inner, kept[name], words) : String(kept[name])]
    })
}

function SnapshotFull(props: CellProps<SnapshotField>) {
  return (
    <dl className="kept">
      {entriesOf(props).map(([title, text]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

export const snapshotView: FieldView<SnapshotField> = {
  plain: (value, field, words) =>
    entriesOf({ field, value, words })
      .map(([title, text]) => `${title}：${text}`)
      .join('；'),
  Full: SnapshotFull,
}
