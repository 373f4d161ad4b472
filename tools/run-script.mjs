import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('..', import.meta.url))

/** Runs one of our TypeScript files under this Node until it ends; signals reach it. Returns its exit code. */
export async function runScript(file, args, env = {}) {
  const child = spawn(process.execPath, [join(checkout, file), ...args], {
    cwd: checkout,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name))
  return (await new Promise((done) => child.once('exit', done))) ?? 1
}
