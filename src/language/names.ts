const snakes = new Map<string, string>()

/** camelCase or kebab-case to snake_case. */
export function snake(name: string): string {
  const known = snakes.get(name)
  if (known !== undefined) return known
  const made = name.replaceAll('-', '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  // Names come from declarations, so there are few.
  if (snakes.size < 10_000) snakes.set(name, made)
  return made
}
