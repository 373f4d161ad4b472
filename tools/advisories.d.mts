type Told = { fails: boolean; text: string }
export function advisories(checkout: string): Promise<Told>
export function readAdvisories(text: string): Told
