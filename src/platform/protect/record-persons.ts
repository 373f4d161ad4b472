import { snapshotsOf } from '../../language/image.ts'
import { type Field, isClosed, type Kind, sealedFields } from '../../language/index.ts'
import { takeRandom, uuidv7 } from '../id.ts'
import type { Keyring } from './keyring.ts'
import { maskText } from './mask.ts'
import { keyAbout } from './persons.ts'
import { keyBytes, openAny, type Suite, sealWith, suiteOfKey } from './suite.ts'

type Fields = Record<string, unknown>

/** A person's key as it is used for one record; `isNew` ones are kept together with the record. `plain`: what was just sealed. */
export type PersonKey = { id: string; key: Buffer; isNew: boolean; plain?: Fields }

/** A record's image as the database gives it: sealed fields in one text, and the wrapped keys that open it. */
export type SealedImage = Fields & {
  personId?: string
  sealed?: string
  personKey?: string | null
  snapshotKeys?: Record<string, string | null>
}

/** What a snapshot copied of somebody: still sealed as in the record it comes from. */
type CopiedPerson = { of: string; id: string; sealed: string }

const recordAbout = (kind: Pick<Kind, 'name'>, id: string) => Buffer.from(`record ${kind.name} ${id}`)

/** A key for a person who was not known yet. */
export function newPerson(suite: Suite, now: Date): PersonKey {
  return { id: uuidv7(now.getTime()), key: takeRandom(keyBytes[suite]), isNew: true }
}

/** A new person as the database keeps it: the key wrapped under this installation's. */
export function personRow(keyring: Keyring, person: PersonKey, ownerId: string, at: string): Fields {
  const key = keyring.seal(person.key, keyAbout(person.id)).toString('base64')
  return { id: person.id, owner: ownerId, suite: suiteOfKey(person.key), key, at }
}

/** The digest of a text by which it is found and from which nothing is learnt; the same for every owner of a kind. */
export function blindOf(keyring: Keyring, kind: Pick<Kind, 'name'>, name: string, value: string): string {
  return `${name}:${keyring.digest('record-field', `${kind.name} ${name} ${value}`).subarray(0, 16).toString('base64url')}`
}

/** The search box's word for a whole text of a sealed field: found when it is typed in full, whatever the kind. */
export function blindWord(keyring: Keyring, text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().trim()
  return `'p${keyring.digest('record-search', plain).subarray(0, 16).toString('hex')}'`
}

/** What a record tells of a person as one sealed text, which opens only as that record's. */
export function sealText(kind: Pick<Kind, 'name'>, id: string, person: PersonKey, told: Fields): string {
  const plain = Buffer.from(JSON.stringify(told))
  return sealWith(suiteOfKey(person.key), person.key, plain, recordAbout(kind, id)).toString('base64')
}

/** The columns that stand for a record's sealed fields. `values` holds all of them in their API form. */
export function sealFields(keyring: Keyring, kind: Kind, id: string, person: PersonKey, values: Fields): Fields {
  const told: Fields = {}
  const blind: string[] = []
  for (const name of sealedFields(kind)) {
    const value = values[name]
    if (value === undefined || value === null) continue
    told[name] = value
    if (typeof value === 'string' && isExact(kind.fields[name])) blind.push(blindOf(keyring, kind, name, value))
  }
  if (person.isNew) person.plain = told
  return { person_id: person.id, sealed: sealText(kind, id, person, told), blind }
}

const isExact = (field: Field | undefined) => /^(text|code|choice)$/.test(field?.type ?? '')

/** The key of the person whom an image speaks of; undefined where none is known or it was destroyed. */
export function personOf(keyring: Keyring, image: SealedImage): PersonKey | undefined {
  if (!image.personId || !image.personKey) return undefined
  const key = keyring.open(Buffer.from(image.personKey, 'base64'), keyAbout(image.personId))
  return { id: image.personId, key, isNew: false }
}

const opened = (person: PersonKey, kind: string, id: string, sealed: string): Fields =>
  JSON.parse(openAny(person.key, Buffer.from(sealed, 'base64'), recordAbout({ name: kind }, id)).toString('utf8'))

/** A snapshot with the fields it copied of somebody, as long as that person's key is there. */
function openSnapshot(keyring: Keyring, kind: Pick<Kind, 'fields'>, name: string, image: SealedImage): unknown {
  const field = kind.fields[name]
  const value = image[name] as (Fields & { person?: CopiedPerson }) | undefined
  if (field?.type !== 'snapshot' || !value?.person) return value
  const { person: copied, ...open } = value
  const source = kind.fields[field.from]
  const person = personOf(keyring, { personId: copied.id, personKey: image.snapshotKeys?.[name] })
  if (!person || source?.type !== 'reference') return open
  const all = opened(person, source.to, copied.of, copied.sealed)
  return { ...open, ...Object.fromEntries(field.fields.flatMap((each) => (each in all ? [[each, all[each]]] : []))) }
}

/** The record as it is: sealed fields opened, or marked `erased` where the person's key is no more. */
export function openImage<Row extends Fields>(
  keyring: Keyring,
  kind: Pick<Kind, 'name' | 'fields'>,
  image: Row,
  person = personOf(keyring, image),
): Row {
  const { personId, personKey, snapshotKeys, sealed, ...row } = image as SealedImage
  for (const name of snapshotsOf(kind)) if (row[name]) row[name] = openSnapshot(keyring, kind, name, image)
  if (sealed === undefined || sealed === null) return row as unknown as Row
  if (!person) return { ...row, erased: true } as unknown as Row
  const plain = person.plain ?? opened(person, kind.name, String(row.id), sealed)
  return Object.assign(row, plain) as unknown as Row
}

const moment = (instant: string) =>
  new Date(Date.parse(instant) + 8 * 3600_000).toISOString().slice(0, 16).replace('T', ' ')

/** The words by which a record is known, with names of persons masked: for places where a read is not recorded. */
export function maskedTitle(kind: Pick<Kind, 'fields' | 'titleFields'>, row: Fields): string {
  const parts = kind.titleFields.flatMap((name) => {
    const field = kind.fields[name]
    const value = row[name]
    if (typeof value !== 'string') return row.erased && isClosed(field) ? ['已擦除'] : []
    if (isClosed(field)) return [maskText(value)]
    return [field?.type === 'instant' ? moment(value) : value]
  })
  return parts.join(' · ')
}

/** A query as a log may keep it: what somebody looked for in sealed fields is told by a digest, the rest as it is. */
export function withoutNames<Words extends object>(keyring: Keyring, kind: Pick<Kind, 'fields'>, query: Words): Words {
  const sealed = sealedFields(kind)
  const hide = (name: string, value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) return withoutNames(keyring, kind, value)
    const isTelling = sealed.includes(name.split('.')[0] ?? '') || (name === 'q' && sealed.length > 0)
    if (!isTelling || typeof value !== 'string') return value
    return `#${keyring.digest('query', value).subarray(0, 8).toString('hex')}`
  }
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, hide(name, value)])) as Words
}
