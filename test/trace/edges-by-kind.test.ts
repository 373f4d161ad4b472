import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type FreshDatabase, freshDatabase } from '../database.ts'

let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
})
after(() => database.close())

test('what leads to a thing is found by kind in one search, however many things the city has', async () => {
  const { sql } = database
  // A hundred things that lead to forty thousand, three to each: going through all hundred would be dear.
  await sql`
    insert into edge (src, dst, kind, at, event)
    select n % 100, 40000 + n / 3, (array['l', 'a', 't'])[1 + n % 3]::"char", now(), n from generate_series(1, 120000) n`
  await sql`vacuum analyze edge`
  for (const kinds of [`kind = 'l'`, `kind in ('a', 's')`]) {
    const [row] = await sql.unsafe(`explain (format json) select src from edge where dst = 60000 and ${kinds}`)
    const plan = row?.['QUERY PLAN'][0].Plan as { 'Index Name': string; 'Total Cost': number } | undefined
    assert.equal(plan?.['Index Name'], 'edge_backward')
    assert.ok(plan['Total Cost'] < 20, `${kinds} costs ${plan['Total Cost']}`)
  }
})
