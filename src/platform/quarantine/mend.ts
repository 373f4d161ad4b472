import { Failure, forbidden, invalid } from '../../failure.ts'
import { checkFields, isId, type Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { closed, type Reason } from './keep.ts'
import { contentOf, type Doors, type Held, listHeld } from './read.ts'

/** Most that is worked on at once. */
export const atOnceMax = 500

/** Chosen rows of the actor's own that are still open. */
export async function chosenHeld(doors: Doors, actor: Actor, ids: unknown): Promise<Held[]> {
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > atOnceMax || !ids.every((id) => isId(id)))
    throw invalid([{ code: 'missing', text: `请选择 1 到 ${atOnceMax} 条`, at: '/ids' }])
  if (actor.viewedBy || actor.partnerId) throw forbidden()
  const { items } = await listHeld(doors, actor, { state: 'open', ids, limit: atOnceMax })
  if (items.some((held) => held.ownerId !== actor.ownerId)) throw forbidden('只有送来数据的单位可以改正和重放')
  return items
}

/** What is still wrong with a content by its declaration alone. */
function stillWrong(kind: Kind, content: Record<string, unknown>): Reason {
  const { id: _, ownerId: __, ...fields } = content
  const { problems } = checkFields(kind.fields, fields, '')
  const first = problems[0]
  return first
    ? { status: 422, code: 'invalid', text: first.text, problems }
    : { status: 0, code: 'corrected', text: '格式已改好，可以重放', problems: [] }
}

/** Keeps a corrected content against the version that was read; the first one stays beside it. */
export async function correct(
  doors: Doors,
  actor: Actor,
  kind: Kind | undefined,
  held: Held,
  given: { version: unknown; content?: unknown; text?: unknown },
): Promise<void> {
  if (held.ownerId !== actor.ownerId || actor.viewedBy || actor.partnerId) throw forbidden('只有送来数据的单位可以改正')
  if (held.state !== 'open') throw new Failure(409, 'wrong-state', '这条已经处理过了')
  if (given.version !== held.version) throw new Failure(409, 'version-conflict', '刚被别人修改过，请核对后再保存')
  const { content, text } = given
  if (held.channel === 'epcis') {
    if (typeof text !== 'string' || text.trim() === '' || text.length > 4_000_000)
      throw invalid([{ code: 'missing', text: '请填写改正后的文档', at: '/text' }])
    await write(doors, actor, held, text, { status: 0, code: 'corrected', text: '已改正，可以重放', problems: [] })
    return
  }
  if (!kind || typeof content !== 'object' || content === null || Array.isArray(content))
    throw invalid([{ code: 'wrong-type', text: '内容应为一个 JSON 对象', at: '/content' }])
  await write(doors, actor, held, JSON.stringify(content), stillWrong(kind, content as Record<string, unknown>))
}

async function write({ sql, keyring }: Doors, actor: Actor, held: Held, text: string, reason: Reason): Promise<void> {
  const stored = held.channel === 'epcis' ? text : closed(keyring, held.id, text)
  const [row] = await sql`
    update quarantine set corrected = ${stored}, corrected_by = ${actor.name}, reason = ${sql.json(reason)}, version = version + 1
    where id = ${held.id} and owner_id = ${held.ownerId} and version = ${held.version} and state = 'open' returning id`
  if (!row) throw new Failure(409, 'version-conflict', '刚被别人修改过，请核对后再保存')
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

/** A value with its words replaced: a whole text, or every text within. */
function replaced(value: unknown, find: string, put: string): unknown {
  if (typeof value === 'string') return value.replaceAll(find, put)
  if (typeof value === 'number') return asText(value) === find ? Number(put) || put : value
  if (Array.isArray(value)) return value.map((each) => replaced(each, find, put))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replaced(each, find, put)]))
  return value
}

/** Puts one text for another in one field of many; an empty `find` fills what is blank. Returns how many were changed. */
export async function replaceAll(
  doors: Doors,
  actor: Actor,
  kinds: ReadonlyMap<string, Kind>,
  ids: unknown,
  given: { field: unknown; find: unknown; put: unknown },
): Promise<number> {
  const { field, find, put } = given
  const rows = await chosenHeld(doors, actor, ids)
  const kind = kinds.get(rows[0]?.kind ?? '')
  if (!kind || rows.some((row) => row.kind !== kind.name))
    throw invalid([{ code: 'wrong-type', text: '请选择同一类记录', at: '/ids' }])
  if (typeof field !== 'string' || !Object.hasOwn(kind.fields, field))
    throw invalid([{ code: 'unknown-field', text: `${kind.title}没有这个字段`, at: '/field' }])
  if (typeof find !== 'string' || typeof put !== 'string' || find.length > 200 || put.length > 200)
    throw invalid([{ code: 'missing', text: '请填写要找的和要换成的文字', at: '/find' }])
  let changed = 0
  for (const held of rows) {
    const content = contentOf(held) ?? {}
    const now = content[field]
    const next = find === '' ? (now === undefined || now === null || now === '' ? put : now) : replaced(now, find, put)
    if (asText(next) === asText(now)) continue
    const after = { ...content, [field]: next }
    await write(doors, actor, held, JSON.stringify(after), stillWrong(kind, after))
    changed++
  }
  return changed
}

/** Gives up on some, with a reason. */
export async function drop(doors: Doors, actor: Actor, ids: unknown, reason: unknown, now: Date): Promise<number> {
  const rows = await chosenHeld(doors, actor, ids)
  const why = typeof reason === 'string' ? reason.trim() : ''
  if (why.length < 2 || why.length > 200)
    throw invalid([{ code: 'missing', text: '请写明原因（2 到 200 字）', at: '/reason' }])
  const done = await doors.sql`
    update quarantine set state = 'dropped', drop_reason = ${why}, settled_by = ${actor.name}, settled_at = ${now}
    where id = any(${rows.map((row) => row.id)}::uuid[]) and owner_id = ${actor.ownerId} and state = 'open' returning id`
  return done.length
}
