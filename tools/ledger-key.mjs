// `npm run ledger-key -- rotate | retire | revoke --key KEY --reason WORDS`: the log's signing key from one to the next.
import { runOnDatabase } from './run-on-database.mjs'

await runOnDatabase('tools/ledger-key/run.ts', process.argv.slice(2))
