import { setTimeout as sleep } from 'node:timers/promises'
import type { Person, Town } from '../people.ts'

export type Taken = {
  id: string
  state: string
  failure: string | null
  notes: string[]
  heads: string[]
  counts: { good: number; bad: number; known: number; written: number; refused: number }
  items: {
    number: number
    state: string
    rows: { number: number; cells: string[] }[]
    problems: { cell: string; code: string; text: string }[]
  }[]
}

/** What a person downloads. */
export async function bytesOf({ server }: Town, person: Person, path: string): Promise<Buffer> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${person.token}` } })
  const bytes = Buffer.from(await response.arrayBuffer())
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${bytes.toString()}`)
  return bytes
}

export async function upload(
  { server }: Town,
  person: Person,
  kind: string,
  file: Buffer,
  type = 'application/octet-stream',
): Promise<{ status: number; body: Taken & { detail?: string; code?: string } }> {
  const response = await fetch(`${server.url}/api/v1/records/${kind}/imports?name=${encodeURIComponent('示例.xlsx')}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${person.token}`, 'content-type': type },
    body: new Uint8Array(file),
  })
  return { status: response.status, body: (await response.json()) as Taken }
}

/** Waits until an import is no longer worked on. */
export async function settled(person: Person, id: string, query = ''): Promise<Taken> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(15)) {
    const { body } = await person.call<Taken>('GET', `/api/v1/imports/${id}${query}`)
    if (body.state !== 'reading' && body.state !== 'committing') return body
  }
  throw new Error('the import did not settle')
}

/** Uploads a file and looks at it, without committing it. */
export async function staged(town: Town, person: Person, kind: string, file: Buffer, query = ''): Promise<Taken> {
  const { status, body } = await upload(town, person, kind, file)
  if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`)
  return settled(person, body.id, query)
}

/** Uploads a file and commits it. */
export async function imported(town: Town, person: Person, kind: string, file: Buffer): Promise<Taken> {
  const looked = await staged(town, person, kind, file)
  if (looked.state === 'failed') throw new Error(looked.failure ?? '')
  const answer = await person.call('POST', `/api/v1/imports/${looked.id}/commit`)
  if (answer.status !== 202) throw new Error(JSON.stringify(answer.body))
  return settled(person, looked.id)
}
