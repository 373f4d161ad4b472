import type { Field, Fields } from '../../language/fields/index.ts'
import type { Signature } from '../../language/fields/signature.ts'
import { Full, isBlank, plainOf, type Words } from '../input/index.tsx'
import { fileUrl } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { useSession } from '../shell/session.tsx'
import { dayOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Unbroken } from '../ui/unbroken.tsx'
import { useRecord } from './record.ts'
import { stateWord } from './states.ts'
import { sectionsOf, titleOf, useRecordWords } from './words.ts'
import './print.css'

const isPicture = (field: Field) => field.type === 'photo'
const isWide = (field: Field) =>
  field.type === 'lines' || field.type === 'snapshot' || (field.type === 'text' && !!field.multiline)

type Part = { name: string; field: Field }

/** Cells of one section: two values a row, wide ones alone. */
function Section(props: { title: string; parts: Part[]; row: Row; words: Words; fields: Fields }) {
  const { title, parts, row, words, fields } = props
  const lines = parts.filter(({ field }) => field.type === 'lines')
  const plain = parts.filter(({ field }) => field.type !== 'lines' && !isWide(field))
  const wide = parts.filter(({ field }) => field.type !== 'lines' && isWide(field))
  const shown = ({ name, field }: Part) => <Full field={field} value={row[name]} words={words} siblings={fields} />
  const pairs = Array.from({ length: Math.ceil(plain.length / 2) }, (_, index) => plain.slice(index * 2, index * 2 + 2))
  return (
    <section>
      {title && <h3>{title}</h3>}
      {(pairs.length > 0 || wide.length > 0) && (
        <table className="sheetfacts">
          <tbody>
            {pairs.map(([left, right]) => (
              <tr key={left?.name}>
                <th>{left?.field.title}</th>
                <td colSpan={right ? 1 : 3}>{left && shown(left)}</td>
                {right && (
                  <>
                    <th>{right.field.title}</th>
                    <td>{shown(right)}</td>
                  </>
                )}
              </tr>
            ))}
            {wide.map((part) => (
              <tr key={part.name}>
                <th>{part.field.title}</th>
                <td colSpan={3}>{shown(part)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {lines.map((part) => (
        <div key={part.name} className="sheetlines">
          <h4>{part.field.title}</h4>
          {shown(part)}
        </div>
      ))}
    </section>
  )
}

function SignatureBox({ title, value }: { title: string; value?: Signature }) {
  return (
    <div>
      <b>{title}</b>
      {value?.image ? <img src={fileUrl(value.image)} alt={`${value.name}的签名`} /> : <i />}
      <span>
        {value?.image ? `${value.name} ${minuteOf(value.at).replace(' ', '\u00a0')}` : '年\u3000\u3000月\u3000\u3000日'}
      </span>
    </div>
  )
}

/** Where signatures stand: the kind's own, those that its template asks for, or the one that every document has. */
function Signatures({ kind, row }: { kind: OwnKind; row: Row }) {
  const own = Object.entries(kind.fields).filter(([, field]) => field.type === 'signature')
  const boxes: { title: string; value: unknown }[] = [
    ...own.map(([name, field]) => ({ title: field.title, value: row[name] })),
    ...(kind.document?.signers ?? []).map((title) => ({ title, value: undefined })),
  ]
  const all = boxes.length > 0 ? boxes : [{ title: '经办人（签名）', value: undefined }]
  return (
    <div className="sheetsigns">
      {all.map(({ title, value }) => (
        <SignatureBox key={title} title={title} value={value as Signature | undefined} />
      ))}
      <SignatureBox title="单位（盖章）" />
    </div>
  )
}

type Spoken = { kind: OwnKind; row: Row; words: Words }

/** A text of the template, with what the fields say. */
const filledIn = ({ kind, row, words }: Spoken, text: string): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const field = kind.fields[name]
    return (field && plainOf(field, row[name], words)) || '\u3000\u3000\u3000\u3000'
  })

function Paragraphs({ texts = [], ...spoken }: Spoken & { texts?: readonly string[] }) {
  const filled = texts.flatMap((text) => filledIn(spoken, text).split('\n'))
  // A line of a long text is a paragraph, indented like the others; the same line may come twice.
  return [...filled.entries()].map(([at, text]) => (
    <p className="sheettext" key={at}>
      <Unbroken text={text} />
    </p>
  ))
}

/** The 文书 of a record: who issues it, its number, its sections in the order of the work, photos, signatures. */
function Sheet({ kind, row }: { kind: OwnKind; row: Row }) {
  const { actor } = useSession()
  const words = useRecordWords(row.titles ?? {})
  const numbered = Object.keys(kind.fields).find((name) => kind.fields[name]?.type === 'documentNumber')
  const issuer = words.titles[row.ownerId] ?? actor.ownerTitle
  const template = kind.document
  const addressee = template?.to ? kind.fields[template.to] : undefined
  // What nobody filled in is no part of a document.
  const placed = ({ name, field }: Part) =>
    name !== numbered &&
    (template?.fields?.includes(name) ?? true) &&
    field.type !== 'signature' &&
    !isPicture(field) &&
    !isBlank(row[name])
  const photos = Object.entries(kind.fields).filter(([name, field]) => isPicture(field) && !isBlank(row[name]))
  return (
    <article className="sheet">
      <header>
        <p>{kind.isOwner ? actor.ownerTitle : issuer}</p>
        <h2>{template ? filledIn({ kind, row, words }, template.title) : kind.title}</h2>
        <p className="sheetnumber">{numbered ? String(row[numbered] ?? '') : `编号 ${row.id.slice(-12)}`}</p>
      </header>
      {row.state === 'void' && <p className="sheetvoid">已作废：{row.voidReason}</p>}
      {template?.to && addressee && (
        <p className="sheetto">{plainOf(addressee, row[template.to], words) || addressee.title}：</p>
      )}
      <Paragraphs kind={kind} row={row} words={words} texts={template?.opening} />
      {sectionsOf(kind).map(({ title, fields }) => {
        const parts = fields.map((name) => ({ name, field: kind.fields[name] as Field })).filter(placed)
        return parts.length > 0 ? (
          <Section key={title} title={title} parts={parts} row={row} words={words} fields={kind.fields} />
        ) : null
      })}
      {photos.length > 0 && (
        <section>
          <h3>照片</h3>
          <div className="sheetphotos">
            {photos.flatMap(([name, field]) =>
              (row[name] as string[]).map((hash, index) => (
                <figure key={hash}>
                  <img src={fileUrl(hash)} alt="" />
                  <figcaption>
                    {field.title} {index + 1}
                  </figcaption>
                </figure>
              )),
            )}
          </div>
        </section>
      )}
      <Paragraphs kind={kind} row={row} words={words} texts={template?.closing} />
      <Signatures kind={kind} row={row} />
      <footer>
        第 {row.version} 版 · {kind.states || row.state === 'void' ? `${stateWord(kind, row)} · ` : ''}
        {minuteOf(row.createdAt)} 登记 · {dayOf(Date.now())} 由 {actor.name} 打印
      </footer>
    </article>
  )
}

/** A record as a numbered document on A4. */
export default function Document({ kind, id }: { kind: OwnKind; id: string }) {
  const { data: row, error, refetch } = useRecord(kind, id)
  const words = useRecordWords(row?.titles ?? {})
  if (error) return <Trouble error={error} retry={refetch} />
  if (!row) return <Waiting />
  const title = titleOf(kind, row, words)
  return (
    <div className="paper">
      <div className="noprint">
        <Head
          title={kind.document ? filledIn({ kind, row, words }, kind.document.title) : `${kind.title}文书`}
          sub="A4 纸，页码印在页脚。"
          crumb={{ title, to: path.record(kind.name, id) }}
        >
          <button type="button" className="button primary" onClick={() => window.print()}>
            打印
          </button>
        </Head>
      </div>
      <Sheet kind={kind} row={row} />
    </div>
  )
}
