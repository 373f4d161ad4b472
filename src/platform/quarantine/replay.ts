import { Failure } from '../../failure.ts'
import { append } from '../../trace/index.ts'
import { keepAttempt } from '../http/attempts.ts'
import { readWhole } from '../http/epcis/incoming.ts'
import type { House } from '../http/house.ts'
import { createAll } from '../http/records.ts'
import type { Work } from '../operation.ts'
import { reasonOf } from './keep.ts'
import { chosenHeld } from './mend.ts'
import { contentOf, type Held } from './read.ts'

export type Replayed = { id: string; state: 'replayed' | 'open'; recordId?: string; text?: string }

/** Sends one content again, as if it had just come. What it became before is found again, never made twice. */
async function again(house: House, work: Work, held: Held): Promise<string | undefined> {
  if (held.channel === 'epcis') {
    const text = held.corrected ?? held.body
    const { document } = readWhole({ text, isXml: text.trimStart().startsWith('<') }, [
      'EPCISDocument',
      'EPCISQueryDocument',
      'event',
    ])
    const context = { context: document.context, recordTime: work.now, at: '', codes: work.codes }
    await append(house.sql, { ownerId: work.actor.ownerId, region: work.actor.region }, document.events, context)
    return undefined
  }
  const kind = house.catalogue.kinds.get(held.kind ?? '')
  const content = contentOf(held)
  if (!kind || !content) throw new Failure(422, 'unknown-source', '没有这类记录')
  const [outcome] = await createAll(work, house, kind, [{ ...content, id: content.id ?? held.id }])
  if (outcome?.failure) throw outcome.failure
  return outcome?.made?.row.id
}

/** Replays chosen rows, each on its own; one that is refused again stays, with its new reason. */
export async function replay(house: House, work: Work, ids: unknown): Promise<Replayed[]> {
  const rows = await chosenHeld(house, work.actor, ids)
  const done: Replayed[] = []
  for (const held of rows) {
    try {
      const recordId = await again(house, work, held)
      await house.sql`
        update quarantine set state = 'replayed', settled_by = ${work.actor.name}, settled_at = ${work.now}, record_id = ${recordId ?? null}, replayed_at = ${work.now}
        where id = ${held.id} and owner_id = ${held.ownerId} and state = 'open'`
      done.push({ id: held.id, state: 'replayed', recordId })
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      await keepAttempt(house.sql, held.ownerId, error, work.now)
      await house.sql`update quarantine set reason = ${house.sql.json(reasonOf(error))}, version = version + 1
        where id = ${held.id} and owner_id = ${held.ownerId} and state = 'open'`
      done.push({ id: held.id, state: 'open', text: error.text })
    }
  }
  return done
}
