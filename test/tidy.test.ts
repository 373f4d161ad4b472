import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Import, importsOf, isCode, projectFiles, type Source, textOf, withoutComments } from './sources.ts'

const files = projectFiles()
const texts: Source[] = files.flatMap((path) => {
  const text = textOf(path)
  return text === null ? [] : [{ path, text }]
})
const code = texts.filter(({ path }) => isCode(path))
const sources = code.filter(({ path }) => path.startsWith('src/'))
const kindNames = files
  .filter((path) => /^src\/areas\/[^/]+\/records\/[^/]+\.ts$/.test(path))
  .map((path) => basename(path, '.ts'))
const core = /^src\/(feed|trace|ledger|telemetry)\//
const serverOnly = /^src\/(platform|feed|trace|ledger|telemetry|public|consortium|main\.ts|areas\/[^/]+\/operations)/

/** Fails with every place at once, one a line. */
function none(places: string[]): void {
  assert.equal(places.length, 0, `\n  ${places.join('\n  ')}\n`)
}

/** The imports of modules under `from` that `refused` objects to, as `module -> target`. */
function refusedImports(from: RegExp, refused: (target: Import, path: string) => boolean): string[] {
  return sources
    .filter(({ path }) => from.test(path))
    .flatMap((source) =>
      importsOf(source)
        .filter((target) => refused(target, source.path))
        .map(({ target }) => `${source.path} -> ${target}`),
    )
}

const under = (target: string, ...folders: string[]) => folders.some((folder) => target.startsWith(`src/${folder}`))
const isWire = (target: string) => /(^|\/)wire\.ts$/.test(target)
const layer = (path: string) => path.split('/').slice(0, 2).join('/')
const area = (path: string) => /^src\/areas\/([^/]+)\//.exec(path)?.[1]

test('language and standards import nothing of ours but themselves', () => {
  none(
    refusedImports(/^src\/(language|standards)\//, ({ ours, target }, path) => ours && layer(target) !== layer(path)),
  )
})

test('a core imports itself, standards, failure, gathering and the indexes of other cores only', () => {
  const allowed = (target: string, path: string) =>
    layer(target) === layer(path) ||
    under(target, 'standards/', 'failure.ts', 'gathering.ts') ||
    /^src\/(feed|trace|ledger|telemetry)\/index\.ts$/.test(target)
  none(refusedImports(core, ({ ours, target }, path) => ours && !allowed(target, path)))
})

test('only a core itself reaches behind its index.ts and its wire.ts', () => {
  const entrance = /^src\/(feed|trace|ledger|telemetry)\/([a-z]+\/)?index\.ts$/
  none(
    refusedImports(
      /^src\//,
      ({ ours, target }, path) =>
        ours && core.test(target) && !entrance.test(target) && !isWire(target) && layer(target) !== layer(path),
    ),
  )
})

test('records import language only', () => {
  none(refusedImports(/^src\/areas\/[^/]+\/records\//, ({ ours, target }) => ours && !under(target, 'language/')))
})

test('an area never imports another area', () => {
  none(refusedImports(/^src\/areas\//, ({ target }, path) => area(target) !== undefined && area(target) !== area(path)))
})

test('platform, cores and web import no area, and only main, its background and the areas know the catalogue', () => {
  none(
    refusedImports(
      /^src\/(platform|trace|ledger|telemetry)\//,
      ({ ours, target }) =>
        ours && under(target, 'areas/', 'catalogue.ts', 'background.ts', 'devices.ts', 'main.ts', 'web/'),
    ),
  )
})

test('the pages take no code from the server', () => {
  none(
    refusedImports(
      /^src\/web\//,
      ({ ours, target, typeOnly }) => ours && !typeOnly && serverOnly.test(target) && !isWire(target),
    ),
  )
})

test('what goes over the wire stands in modules of types and words alone, and pages take the server’s types from those', () => {
  const pure = (target: string) => under(target, 'language/', 'standards/') || isWire(target)
  none([
    ...refusedImports(/(^|\/)wire\.ts$/, ({ ours, target }) => !ours || !pure(target)),
    ...refusedImports(/^src\/web\//, ({ ours, target }) => ours && serverOnly.test(target) && !isWire(target)),
    ...sources
      .filter(({ path, text }) => isWire(path) && /\bfunction\b|=>|^class\b/m.test(withoutComments(text)))
      .map(({ path }) => `${path}: has code`),
  ])
})

test('platform and web never contain a kind’s name', () => {
  assert.ok(kindNames.length > 0, 'no kinds found')
  const quoted = new RegExp(`(['"\`])(${kindNames.join('|')})\\1`, 'g')
  const places = sources
    .filter(({ path }) => /^src\/(platform|web)\//.test(path))
    .flatMap(({ path, text }) => [...withoutComments(text).matchAll(quoted)].map(([found]) => `${path}: ${found}`))
  none(places)
})

test('the platform takes the driver of the database mended, never as it is', () => {
  const asItIs = ({ target, typeOnly }: Import) => target === 'postgres' && !typeOnly
  none(refusedImports(/^(?!src\/platform\/store\/driver\.ts$)/, asItIs))
})

test('only web/input and web/ui import antd', () => {
  const outside = sources.filter(({ path }) => !/^src\/web\/(input|ui)\//.test(path))
  none(
    outside
      .filter((source) => importsOf(source).some(({ target }) => /^(antd|@ant-design)(\/|$)/.test(target)))
      .map(({ path }) => path),
  )
})

test('a class is styled by one sheet alone: pages that were open before must not change how the next one looks', () => {
  const sheets = texts.filter(({ path }) => /^src\/web\/.*\.css$/.test(path))
  const homes = new Map<string, Set<string>>()
  for (const { path, text } of sheets)
    for (const [, selectors = ''] of text.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/([^{}]+)\{/g))
      for (const selector of selectors.split(',').map((each) => each.trim()))
        if (/^\.[\w-]+$/.test(selector)) homes.set(selector, (homes.get(selector) ?? new Set()).add(path))
  none([...homes].filter(([, paths]) => paths.size > 1).map(([name, paths]) => `${name}: ${[...paths].join(', ')}`))
})

test('no file or folder is named after nothing in particular', () => {
  const empty = /(^|[/-])(utils?|common|helpers?|managers?|dto|impl|misc)(\.|-|\/|$)/
  none(files.filter((path) => empty.test(path)))
})

test('names of files and folders are kebab-case', () => {
  const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/
  const named = files.filter(
    (path) => /^(src|test|bench|tools|migrations)\//.test(path) && basename(path) !== 'README.md',
  )
  none(named.filter((path) => path.split('/').some((part) => part !== 'README.md' && !kebab.test(part))))
})

test('no module and no style sheet is longer than 500 lines', () => {
  const length = (text: string) => text.split('\n').length - 1
  const walled = texts.filter(({ path }) => isCode(path) || /^src\/.*\.css$/.test(path))
  none(walled.filter(({ text }) => length(text) > 500).map(({ path, text }) => `${path}: ${length(text)} lines`))
})

test('nothing escapes the types', () => {
  const untyped = /\bas any\b|:\s*any\b|<any\b|\bany\[\]|Array<any>/
  const silenced = new RegExp(`@ts-(?:${['ignore', 'nocheck', 'expect-error'].join('|')})`)
  none(
    code
      .filter(
        ({ path, text }) =>
          /\.tsx?$/.test(path) &&
          path !== 'test/tidy.test.ts' &&
          (untyped.test(withoutComments(text)) || silenced.test(text)),
      )
      .map(({ path }) => path),
  )
})

test('no text names a package registry, this machine’s folders, or the shared folder', () => {
  // Put together here, so that this file does not name them either.
  const registry = new RegExp(['registry', '\\.(npm|yarn|npmmirror|taobao)|npm', 'mirror\\.com'].join(''))
  const machine = new RegExp(`/${'work'}/|/tmp/${'house'}`)
  const shared = new RegExp(`\\.\\./${'shared'}\\b`)
  const corpus = /SHISU_CORPUS \?\? /
  none(
    texts.flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
        .filter(({ line }) => registry.test(line) || machine.test(line) || (shared.test(line) && !corpus.test(line)))
        .map(({ place }) => place),
    ),
  )
})

test('every dependency is listed with its reason and licence in docs/dependencies.md', {
  skip: missing('docs/dependencies.md'),
}, () => {
  const listed = readFileSync(at('docs/dependencies.md'), 'utf8')
  const manifests = ['package.json', 'tools/node/package.json'].map((path) =>
    JSON.parse(readFileSync(at(path), 'utf8')),
  )
  const names = manifests.flatMap(({ dependencies, devDependencies, optionalDependencies }) =>
    Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }),
  )
  none(names.filter((name) => !listed.includes(name)))
})

test('every dependency is pinned to one version', () => {
  for (const path of ['package.json', 'tools/node/package.json']) {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(at(path), 'utf8'))
    const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    none(all.filter(([, version]) => !/^\d/.test(String(version))).map(([name]) => `${path}: ${name}`))
  }
})

test('every clause that a test names is in docs/requirements.md', { skip: missing('docs/requirements.md') }, () => {
  const known = readFileSync(at('docs/requirements.md'), 'utf8')
  const named = /\[([A-Z](?:\d+(?:\.[A-Za-z0-9-]+)*|(?:\.[A-Za-z0-9-]+)+))\]/g
  const places = code
    .filter(({ path }) => path.startsWith('test/') && path.endsWith('.test.ts'))
    .flatMap(({ path, text }) => [...text.matchAll(named)].map(([, clause = '']) => ({ path, clause })))
  none(
    places
      .filter(({ clause }) => !new RegExp(`(^|[^\\w.])${clause.replaceAll('.', '\\.')}($|[^\\w.])`, 'm').test(known))
      .map(({ path, clause }) => `${path}: ${clause}`),
  )
})

function at(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}

function missing(path: string): string | false {
  return existsSync(at(path)) ? false : `${path} 还没有写`
}
