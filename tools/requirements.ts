// `node tools/requirements.ts` writes docs/requirements.md from docs/clauses.tsv (kept by hand) and the tests' titles.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const page = join(checkout, 'docs/requirements.md')

/** `whole` and `part`: `paths` say where it is; `later`: the room that will hold it; `operator`: no software can. */
export type Where = { state: 'whole' | 'part' | 'later' | 'operator'; paths: readonly string[]; room?: string }
export type Clause = { id: string; kind: string; text: string; where: Where }
export type Standard = { letter: string; title: string; clauses: readonly Clause[] }

/** The parts of the house that have no code yet, or not enough: what a `later:` may name. */
export const rooms: Readonly<Record<string, string>> = {
  registry: '主体、产品、目录',
  'packaged-food': '预包装食品',
  'farm-produce': '食用农产品、快检、票证',
  'cold-chain': '进口冷链',
  'key-foods': '重点食品',
  kitchen: '智慧食安',
  'self-discipline': '企业自律',
  supervision: '政府监管',
  response: '应急、召回、协同',
  'co-governance': '社会共治',
  decision: '统计与决策',
  people: '从业人员、培训、考核',
  exchange: '共享交换与接入',
  upkeep: '运维',
  trace: 'the trace core',
  ledger: 'the ledger core: what makes history provable',
  telemetry: 'the telemetry core: devices, series, alarms',
  consortium: 'the consortium chain',
  platform: 'store, feed, HTTP',
  'platform/access': 'identity and access',
  web: 'the web application',
}

function readWhere(text: string): Where {
  if (text === 'operator') return { state: 'operator', paths: [] }
  if (text.startsWith('later: ')) return { state: 'later', paths: [], room: text.slice(7) }
  const part = text.startsWith('part: ')
  return { state: part ? 'part' : 'whole', paths: (part ? text.slice(6) : text).split(' ') }
}

/** The five standards and the operator's part, in their own order. */
export function readClauses(): Standard[] {
  const standards: (Standard & { clauses: Clause[] })[] = []
  const lines = readFileSync(join(checkout, 'docs/clauses.tsv'), 'utf8').trimEnd().split('\n')
  for (const line of lines.slice(1)) {
    const [id = '', kind = '', text = '', where = ''] = line.split('\t')
    if (id === '#') standards.push({ letter: kind, title: text, clauses: [] })
    else standards.at(-1)?.clauses.push({ id, kind, text, where: readWhere(where) })
  }
  return standards
}

/** Clause -> the test files that name it in a title, as `[E5.2.1]`. */
export function testsOfClauses(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const files = readdirSync(join(checkout, 'test'), { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((name) => name.endsWith('.test.ts')).sort()) {
    const text = readFileSync(join(checkout, 'test', file), 'utf8')
    const titles = [...text.matchAll(/[tT]est\(\s*(['"`])((?:(?!\1).)*)\1/g)].map(([, , title]) => title ?? '')
    const named = titles.flatMap((title) => [...title.matchAll(/\[([A-Z][\w.]*)\]/g)].map(([, id]) => id as string))
    for (const id of new Set(named)) found.set(id, [...(found.get(id) ?? []), `test/${file}`])
  }
  return found
}

const link = (path: string, text = path) => `[${text}](../${path})`

function whereText({ state, paths, room }: Where): string {
  if (state === 'later') return `later: ${room}`
  if (state === 'operator') return 'the operator'
  return `${state === 'part' ? 'part: ' : ''}${paths.map((path) => link(path)).join(', ')}`
}

function count(clauses: readonly Clause[], tests: ReadonlyMap<string, readonly string[]>): string {
  const of = (state: Where['state']) => clauses.filter(({ where }) => where.state === state).length
  const named = clauses.filter(({ id }) => tests.has(id)).length
  return [clauses.length, of('whole'), of('part'), of('later'), named].join(' | ')
}

/** docs/requirements.md, whole. */
export function requirementsPage(): string {
  const standards = readClauses()
  const tests = testsOfClauses()
  const row = ({ id, kind, text, where }: Clause) => {
    const named = (tests.get(id) ?? []).map((path) => link(path, basename(path, '.test.ts')))
    return `| ${id} | ${kind} | ${text.replaceAll('|', '\\|')} | ${whereText(where)} | ${named.join(', ')} |`
  }
  return `# Requirements

What five standards ask of such a platform, clause by clause, in our own brief words, and how far this code is.
Written by \`node tools/requirements.ts\` from [clauses.tsv](clauses.tsv) and the tests' titles: change those, not this page.

**Where**: a path alone: it is there, and the tests named beside it would fail without it. *part*: some of it is there.
*later*: nothing is there yet; the word is the room that will hold it. Designed to a clause and tested is not certified.

| | clauses | whole | part | later | named by a test |
|---|---|---|---|---|---|
${standards.map(({ letter, clauses }) => `| ${letter} | ${count(clauses, tests)} |`).join('\n')}
| all | ${count(
    standards.flatMap(({ clauses }) => clauses),
    tests,
  )} |

Rooms: ${Object.entries(rooms)
    .map(([name, title]) => `${name} (${title})`)
    .join(', ')}.
${standards
  .map(
    ({ letter, title, clauses }) => `
## ${letter}: ${title}

| clause | kind | requirement | where | tests |
|---|---|---|---|---|
${clauses.map(row).join('\n')}
`,
  )
  .join('')}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, requirementsPage())
