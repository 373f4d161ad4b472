import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Builds the service worker as one classic script, with the list of files that it keeps put in. */
export function serviceWorker(): Plugin {
  return {
    name: 'shisu-service-worker',
    apply: 'build',
    // After the rest has been written: chunks that held nothing but styles are gone by then.
    async writeBundle({ dir = '' }, bundle) {
      const built = Object.keys(bundle).filter((name) => name.startsWith('assets/') && existsSync(join(dir, name)))
      const given = readdirSync(here('../public'))
      const version = createHash('sha256').update(built.sort().join('\n'))
      for (const name of given) version.update(readFileSync(here(`../public/${name}`)))
      version.update(readFileSync(join(dir, 'index.html')))
      const shell = {
        version: version.digest('hex').slice(0, 16),
        files: ['/', ...[...built, ...given].map((name) => `/${name}`)],
      }
      const result = await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        define: { __SHELL__: JSON.stringify(shell) },
        build: { write: false, target: 'es2022', lib: { entry: here('worker.ts'), formats: ['iife'], name: 'worker' } },
      })
      const [output] = [result].flat()
      const code = output && 'output' in output ? output.output[0]?.code : undefined
      if (!code) throw new Error('the service worker was not built')
      writeFileSync(join(dir, 'worker.js'), code)
    },
  }
}
