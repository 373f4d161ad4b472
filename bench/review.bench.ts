// 10,000 records by 100 rules (A8.3.2.h2 allows 60 s): comparisons, ranges, blanks, options, lateness, duplicates, patterns.
import { kinds } from '../src/catalogue.ts'
import { createAuthority } from '../src/platform/access/accounts.ts'
import { reviewAll } from '../src/platform/review/run.ts'
import { fillChecks } from './filled.ts'
import { benchDatabase, figure, machine } from './frame.ts'
import { fileHundredRules } from './hundred-rules.ts'

const records = 10_000
const database = await benchDatabase()
const { sql } = database
try {
  await machine(sql)
  await fillChecks(sql, records, 100)
  const city = await createAuthority(sql, '示例市局', '450200')
  await fileHundredRules(sql, city)
  const byName = new Map(kinds.map((kind) => [kind.name, kind]))
  for (const round of ['first', 'again']) {
    const started = performance.now()
    const [done] = await reviewAll(sql, byName, new Date())
    const seconds = (performance.now() - started) / 1000
    if (done?.records !== records) throw new Error(JSON.stringify(done))
    const [on] = await sql<
      { n: number; trouble: string | null }[]
    >`select count(*)::int as n, min(trouble) as trouble from definition where state = 'on'`
    if (on?.n !== 100) throw new Error(`${on?.n} rules are on`)
    console.log(`${round}: ${done.found} findings new`)
    figure(round === 'first' ? 'review.s' : 'review.again.s', seconds, 's')
  }
} finally {
  await database.close()
}
