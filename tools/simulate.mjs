// `npm run simulate -- --canteens 50 --vehicles 20`: made-up devices speak to a running platform by their real protocols.
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { giveUp } from './progress.mjs'
import { runScript } from './run-script.mjs'

try {
  await underNewNode()
  await bringPackages()
  process.exit(await runScript('tools/simulate/run.ts', process.argv.slice(2)))
} catch (error) {
  giveUp(error)
}
