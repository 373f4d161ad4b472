// `npm run migrate:draft -- NAME`: drafts a migration from what the declarations say and the committed migrations do not.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { giveUp } from './progress.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))

try {
  await underNewNode()
  await bringPackages()
  const file = join(checkout, 'tools/migrate/run.ts')
  const child = spawn(process.execPath, [file, ...process.argv.slice(2)], { cwd: checkout, stdio: 'inherit' })
  process.exit((await new Promise((done) => child.once('exit', done))) ?? 1)
} catch (error) {
  giveUp(error)
}
