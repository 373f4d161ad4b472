import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { publicActor } from '../../src/platform/access/actor.ts'
import { desk, openPool } from '../../src/platform/store/pools.ts'
import { openStore, type Store } from '../../src/platform/store/store.ts'
import { eventually } from '../eventually.ts'
import { testKeyring } from '../keys.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'

let laws: LawTown

before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

test('of two statements that hold the same ids in another order one is given up, and each record is written once all the same', async () => {
  const { server, factory } = laws.town
  const { sql } = server
  const kind = kinds.find(({ name }) => name === 'morning-check') as Kind
  const keyring = await testKeyring()
  const actor = {
    ...publicActor,
    role: 'enterprise' as const,
    userId: 'x',
    ownerId: factory.ownerId,
    region: '450204',
  }
  const byName = new Map(kinds.map((each) => [each.name, each]))
  const deadlocks = async () =>
    Number((await sql`select deadlocks from pg_stat_database where datname = current_database()`)[0]?.deadlocks)
  const before = await deadlocks()
  // A process each: what one pool writes at the same moment is one statement, in the order in which it was asked for.
  const pools = [1, 2].map(() =>
    openPool(server.databaseUrl, { role: 'shisu_web', max: 4, patience: desk, settings: { deadlock_timeout: 100 } }),
  )
  const open = (n: number): Store => openStore(pools[n] as never, byName, actor, new Date(), keyring)
  const [one, other, ...plugs] = Array.from({ length: 6 }, () => crypto.randomUUID()) as [string, string]
  // The second row of a statement waits until both statements have written their first.
  await sql.unsafe(`
    create sequence arrived;
    create function meet() returns trigger language plpgsql security definer as $$ begin
      if current_setting('meet.first', true) is distinct from pg_current_xact_id()::text then
        perform set_config('meet.first', pg_current_xact_id()::text, true), nextval('arrived');
      else
        for n in 1..200 loop
          exit when (select last_value from arrived) >= 2;
          perform pg_sleep(0.05);
        end loop;
        perform pg_sleep(0.2);
      end if;
      return new;
    end $$;
    create function plug() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock_shared(4711);
      return new;
    end $$;
    create trigger meet before insert on morning_check for each row when (new.id in ('${one}', '${other}')) execute function meet();
    create trigger plug before insert on morning_check for each row when (new.id in ('${plugs.join("', '")}')) execute function plug();`)
  // Nothing that the database is asked about first: whoever writes stands in line at once, however busy the machine.
  const { photo: _, device: __, source: ___, ...fields } = laws.valid(kind)
  const create = (n: number, ids: readonly string[]) => ids.map((id) => open(n).create(kind, { ...fields, id }))
  const waiting: ReturnType<Store['create']>[] = []
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(4711)`
    // Two statements of a process are under way at most: what is asked for meanwhile goes together in the next.
    for (const [at, id] of plugs.entries()) {
      waiting.push(...create(at % 2, [id]))
      await eventually(async () => {
        const [locks] = await sql`select count(*)::int as n from pg_locks where objid = 4711 and not granted`
        return locks?.n === at + 1
      })
    }
    // They stand in a statement as they arrive there, sealed: one after the other.
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      waiting.push(...create(0, [first]), ...create(1, [second]))
      await sleep(300)
    }
  })
  const made = (await Promise.all(waiting)).slice(plugs.length)
  assert.deepEqual(made.map(({ row }) => row.id).sort(), [one, one, other, other].sort())
  assert.equal(made.filter(({ known }) => known).length, 2, 'whoever came second is told that it stands')
  const kept = await sql<{ id: string; n: number }[]>`
    select id, (select count(*)::int from change c where c.id = r.id) as n from morning_check r
    where id in (${one}, ${other})`
  assert.deepEqual(
    kept.map(({ n }) => n),
    [1, 1],
  )
  await Promise.all(pools.map((pool) => pool.end()))
  await eventually(async () => (await deadlocks()) > before, 'they did wait for each other')
})
