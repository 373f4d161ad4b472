// `npm run consortium -- --nodes 4`: see src/consortium/run.ts.
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { giveUp } from './progress.mjs'
import { runScript } from './run-script.mjs'

try {
  await underNewNode()
  await bringPackages()
  process.exit(await runScript('src/consortium/run.ts', process.argv.slice(2)))
} catch (error) {
  giveUp(error)
}
