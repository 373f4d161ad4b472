import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

type Locked = {
  version: string
  license?: string
  integrity?: string
  resolved?: string
  dev?: boolean
  hasInstallScript?: boolean
}

const locked = Object.entries(
  (JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }).packages,
).filter(([path]) => path.startsWith('node_modules/'))

/** Licences that let this platform be given on under Apache-2.0, and ask nothing of its operators. */
const lawful = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'Unlicense',
  'CC0-1.0',
  'BlueOak-1.0.0',
  'PostgreSQL',
  'Zlib',
])
/** Weak copyleft, unchanged and only used while building or beside us. */
const tolerated: Readonly<Record<string, string>> = { lightningcss: 'MPL-2.0' }

/** Packages that name no licence in package.json: what their own licence text says, read by a person. */
const read: Readonly<Record<string, string>> = { dequeue: 'BSD-2-Clause', precond: 'MIT' }

function isLawful(path: string, given?: string): boolean {
  const name = path.replace(/^.*node_modules\//, '')
  const licence = given ?? read[name] ?? ''
  const own = Object.entries(tolerated).find(([prefix]) => name.startsWith(prefix))?.[1]
  const options = licence.replace(/[()]/g, '').split(' OR ')
  return options.some((option) => option.split(' AND ').every((each) => lawful.has(each.trim()) || each.trim() === own))
}

test('every package that is installed has a licence under which the platform may be given on', () => {
  const wrong = locked
    .filter(([path, { license }]) => !isLawful(path, license))
    .map(([path, { license }]) => `${path}: ${license}`)
  assert.deepEqual(wrong, [])
})

test('every package is held to its bytes by the lockfile', () => {
  assert.deepEqual(
    locked.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(([path]) => path),
    [],
  )
})

test('no package runs a script of its own at installation but those that were allowed', () => {
  const allowed = Object.keys(
    (JSON.parse(readFileSync('package.json', 'utf8')) as { allowScripts: object }).allowScripts,
  )
  const running = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
  assert.deepEqual(
    running.filter((name) => !allowed.includes(name) && name !== 'fsevents'),
    [],
  )
})
