export type Postgres = { url: string; pid: number; exited: Promise<string>; leaving(): void; stop(): Promise<void> }
export function startPostgres(options: {
  dataDir: string
  onProgress?: (text: string) => void
  settings?: Record<string, string | number>
}): Promise<Postgres>
