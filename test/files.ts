import { createHash } from 'node:crypto'

/** The text of the one file that every sample record names. */
const sampleText = '示例文件'

const bytesOf = (text: string) => Buffer.from(`%PDF-1.4 ${text}`)
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** The file that sample records name, for whoever was given it by `give`. */
export const sampleBytes = bytesOf(sampleText)
export const sampleFile = hashOf(sampleBytes)

/** Uploads a small file in somebody's name, the same for the same text, and tells its sha256. */
export async function give(server: { url: string }, person: { token: string }, text = sampleText): Promise<string> {
  const bytes = bytesOf(text)
  const sha256 = hashOf(bytes)
  const { status } = await fetch(new URL(`/api/v1/files/${sha256}`, server.url), {
    method: 'PUT',
    headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/pdf' },
    body: new Uint8Array(bytes),
  })
  if (status !== 200 && status !== 201) throw new Error(`the file was not taken: ${status}`)
  return sha256
}
