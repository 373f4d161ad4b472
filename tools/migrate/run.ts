import { writeFileSync } from 'node:fs'
import { kinds } from '../../src/catalogue.ts'
import { readMigrations } from '../../src/platform/store/migrate.ts'
import { freshDatabase } from '../../test/database.ts'
import { draft } from './draft.ts'

// `npm run migrate:draft -- NAME`: writes migrations/NNNN-NAME.sql from what the declarations say and the committed
// migrations do not. A draft: read it, add backfills, commit it with the declaration.
const name = process.argv[2] ?? 'draft'
const database = await freshDatabase()
try {
  const text = await draft(database.sql, kinds)
  if (text === '') console.log('声明与迁移一致，没有需要起草的')
  else {
    const last = Math.max(...(await readMigrations()).map((migration) => Number(migration.name.slice(0, 4))))
    const path = `migrations/${String(last + 1).padStart(4, '0')}-${name}.sql`
    writeFileSync(
      path,
      `-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.\n\n${text}`,
    )
    console.log(`已写 ${path}，请审阅后提交`)
  }
} finally {
  await database.close()
}
