const prefix = 'shisu:'

/** What this browser remembers for the user under `name`; undefined where there is nothing. */
export function recall<T>(name: string): T | undefined {
  try {
    const kept = localStorage.getItem(prefix + name)
    return kept === null ? undefined : (JSON.parse(kept) as T)
  } catch {
    return undefined
  }
}

/** Remembers a value in this browser; undefined forgets it. False where the browser refuses (full, or private mode). */
export function keep(name: string, value: unknown): boolean {
  try {
    if (value === undefined) localStorage.removeItem(prefix + name)
    else localStorage.setItem(prefix + name, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

/** Forgets everything: drafts may hold personal data, so signing out clears them. */
export function forgetAll(): void {
  for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name)
}
