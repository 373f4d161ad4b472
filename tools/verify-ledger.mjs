// `npm run verify-ledger`: holds the whole database against the log, while the platform runs or while it does not.
import { runOnDatabase } from './run-on-database.mjs'

await runOnDatabase('tools/verify-ledger/run.ts', [])
