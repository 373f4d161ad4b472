import { writeFileSync } from 'node:fs'
import { kinds, ownerKinds } from '../src/catalogue.ts'
import { tableSql } from '../src/language/table.ts'

// Writes the first migration of the kinds. From the first release on, migrations are additive (a later tool drafts them).
const path = process.argv[2] ?? 'migrations/0003-kinds.sql'
const head = '-- Derived from the declarations by tools/draft-kinds.ts; reviewed before it is committed.\n\n'
writeFileSync(path, `${head}${kinds.map((kind) => tableSql(kind, ownerKinds)).join('\n\n')}\n`)
