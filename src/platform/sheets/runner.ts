import { randomUUID } from 'node:crypto'
import { Failure } from '../../failure.ts'
import { type Kind, openPersonalFields, sealedFields } from '../../language/index.ts'
import type { House } from '../http/house.ts'
import { commit } from './commit.ts'
import { clearOld, clearWritten, columns, type Import } from './imports.ts'
import { stage } from './stage.ts'

/** A process that says nothing for so long has lost its work. */
const leaseSeconds = 60
/** Files worked on at once by one process: their rows lie in its memory. */
const atOnce = 2

export type Runner = { kick(): void; stop(): Promise<void> }

const isPersonal = (kind: Kind): boolean => sealedFields(kind).length + openPersonalFields(kind).length > 0

class Lost extends Error {}

/**
 * Works off imports that are being read or committed: those that were just asked for, and those whose process died. An
 * import is worked on by one process at a time, under a lease that each chunk renews.
 */
export function startRunner(house: House, pollMs: number, onError: (error: unknown) => void): Runner {
  const { sql } = house
  const personal = [...house.catalogue.kinds.values()].filter((kind) => isPersonal(kind)).map(({ name }) => name)
  const worker = randomUUID()
  const running = new Set<Promise<void>>()
  let stopping = false

  const take = async (): Promise<(Import & { id: string }) | undefined> => {
    const [row] = await sql<Import[]>`
      update import set worker = ${worker}, leased_until = now() + ${leaseSeconds} * interval '1 second'
      where (owner_id, id) = (
        select owner_id, id from import
        where state in ('reading', 'committing') and (leased_until is null or leased_until < now())
        order by id limit 1 for update skip locked)
      returning ${columns(sql)}`
    return row
  }

  /** Writes what changed and renews the lease; throws where another process has taken over or this one stops. */
  const renew = async (of: Import, change: Record<string, unknown> = {}): Promise<void> => {
    const [row] = await sql`
      update import set ${sql({ ...change, updated_at: house.clock() })},
        leased_until = now() + ${leaseSeconds} * interval '1 second'
      where owner_id = ${of.ownerId} and id = ${of.id} and worker = ${worker} returning id`
    if (!row || stopping) throw new Lost()
  }

  const read = async (of: Import): Promise<void> => {
    const [file] = await sql<{ body: Buffer }[]>`
      select body from import_file where owner_id = ${of.ownerId} and import_id = ${of.id}`
    if (!file) throw new Failure(410, 'no-file', '文件已不在，请重新上传')
    const { rows } = await stage(house, of, file.body, async ({ readRows, heads, notes, counts }) =>
      renew(of, { read_rows: readRows, heads, notes, counts: sql.json(counts) }),
    )
    await renew(of, { state: 'ready', rows, failure: null })
    await sql`delete from import_file where owner_id = ${of.ownerId} and import_id = ${of.id}`
  }

  const write = async (of: Import): Promise<void> => {
    const [account] = await sql`select from account where id = ${of.accountId} and disabled_at is null`
    if (!account) throw new Failure(403, 'disabled', '账号已停用，没有写入')
    await commit(house, of, (counts) => renew(of, { counts: sql.json(counts) }))
    await renew(of, { state: 'done', failure: null })
    if (personal.includes(of.kind)) await clearWritten(sql, of)
  }

  /** What cannot go on says why; what failed without a sentence may be tried again. */
  const settle = async (of: Import, error: unknown): Promise<void> => {
    if (error instanceof Lost) {
      // Whoever starts next goes on at once.
      await sql`update import set leased_until = null where id = ${of.id} and owner_id = ${of.ownerId} and worker = ${worker}`
      return
    }
    if (!(error instanceof Failure)) onError(error)
    const failure = error instanceof Failure ? error.text : '系统出错，请稍后再试'
    const state = of.state === 'reading' ? 'failed' : 'ready'
    await renew(of, { state, failure }).catch((again) => {
      if (!(again instanceof Lost)) throw again
    })
    if (state === 'failed') await sql`delete from import_file where owner_id = ${of.ownerId} and import_id = ${of.id}`
  }

  const work = async (): Promise<void> => {
    for (;;) {
      if (stopping) return
      const of = await take()
      if (!of) return
      await (of.state === 'reading' ? read(of) : write(of)).catch((error) => settle(of, error))
    }
  }

  const kick = (): void => {
    if (stopping || running.size >= atOnce) return
    const working: Promise<void> = work()
      .catch(onError)
      .finally(() => running.delete(working))
    running.add(working)
  }
  const clear = () => clearOld(sql, personal, house.clock()).catch(onError)
  const timers = [setInterval(kick, pollMs), setInterval(clear, 3_600_000)]
  for (const timer of timers) timer.unref()
  return {
    kick,
    stop: async () => {
      stopping = true
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    },
  }
}
