// `npm run witness -- …`: a witness of logs, on whatever machine stands apart from the platform.
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { giveUp } from './progress.mjs'
import { runScript } from './run-script.mjs'

try {
  await underNewNode()
  await bringPackages()
  process.exit(await runScript('src/ledger/witness/serve.ts', process.argv.slice(2)))
} catch (error) {
  giveUp(error)
}
