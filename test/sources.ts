import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const notOurs = new Set(['node_modules', '.git', '.data', 'dist', 'pictures'])

export type Import = { target: string; ours: boolean; typeOnly: boolean }
export type Source = { path: string; text: string }

/** Every file of the project (paths from the checkout), without what is installed, built or kept at run time. */
export function projectFiles(): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (notOurs.has(entry.name)) return []
      const path = join(folder, entry.name)
      return entry.isDirectory() ? walk(path) : [relative(checkout, path)]
    })
  return walk(checkout).sort()
}

/** The text of a file, or null for a picture or other binary. */
export function textOf(path: string): string | null {
  const bytes = readFileSync(join(checkout, path))
  return bytes.includes(0) ? null : bytes.toString('utf8')
}

export function isCode(path: string): boolean {
  return /\.(ts|tsx|mts|mjs)$/.test(path)
}

/** What a module imports: for our own modules the path from the checkout, for others the package's specifier. */
export function importsOf({ path, text }: Source): Import[] {
  const found: Import[] = []
  const statement = /^\s*(?:import|export)\s(type\s)?[^'"`;]*?from\s+['"]([^'"]+)['"]/gm
  for (const [, type, specifier = ''] of text.matchAll(statement)) found.push(resolved(path, specifier, Boolean(type)))
  const bare = /(?:^\s*import\s+|\bimport\(\s*)['"]([^'"]+)['"]/gm
  for (const [, specifier = ''] of text.matchAll(bare)) found.push(resolved(path, specifier, false))
  return found
}

function resolved(path: string, specifier: string, typeOnly: boolean): Import {
  const ours = specifier.startsWith('.')
  return { target: ours ? join(dirname(path), specifier) : specifier, ours, typeOnly }
}

/** Code without comments (roughly: enough for words that appear in neither strings nor paths). */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1')
}
