export function processFlags(role: string): string[]
