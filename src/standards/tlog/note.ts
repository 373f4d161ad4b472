import { equal, fromBase64, join, toBase64, utf8 } from './bytes.ts'
import { sha256 } from './proof.ts'

/** A key that signs or checks notes: its name, its kind of signature, its 32 bytes of Ed25519. */
export type NoteKey = { name: string; type: 'ed25519' | 'cosignature'; publicKey: Uint8Array<ArrayBuffer> }
export type NoteSignature = { name: string; keyId: Uint8Array; signature: Uint8Array<ArrayBuffer>; line: string }
export type Note = { text: string; signatures: NoteSignature[] }

const typeByte = { ed25519: 0x01, cosignature: 0x04 } as const
const limit = { bytes: 64 * 1024, signatures: 64 }

/** C2SP signed-note: the first four bytes of SHA-256(name || 0x0A || type || key). */
export async function keyId({ name, type, publicKey }: NoteKey): Promise<Uint8Array> {
  return (await sha256(join(utf8(`${name}\n`), Uint8Array.of(typeByte[type]), publicKey))).subarray(0, 4)
}

/** `<name>+<hex key id>+<base 64 of type and key>`: how a verifier's key is written down. */
export async function formatVerifierKey(key: NoteKey): Promise<string> {
  const id = [...(await keyId(key))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${key.name}+${id}+${toBase64(join(Uint8Array.of(typeByte[key.type]), key.publicKey))}`
}

/** Reads a verifier's key; null where it is malformed or its id is not its own. */
export async function parseVerifierKey(text: string): Promise<NoteKey | null> {
  const [name = '', , encoded = '', ...rest] = text.trim().split('+')
  // Base 64 may hold plus signs itself.
  const bytes = fromBase64([encoded, ...rest].join('+'))
  const type = bytes?.[0] === 0x01 ? 'ed25519' : bytes?.[0] === 0x04 ? 'cosignature' : null
  if (!isKeyName(name) || !bytes || !type || bytes.length !== 33) return null
  const key: NoteKey = { name, type, publicKey: bytes.slice(1) }
  return (await formatVerifierKey(key)) === text.trim() ? key : null
}

const isKeyName = (name: string) => /^[^\s+]+$/u.test(name)

export function signatureLine(name: string, id: Uint8Array, signature: Uint8Array): string {
  return `— ${name} ${toBase64(join(id, signature))}\n`
}

/** Reads a signed note (C2SP signed-note); null where it breaks the format or passes 64 KiB or 64 signatures. */
export function parseNote(whole: string): Note | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids them
  if (whole.length > limit.bytes || /[\u0000-\u0009\u000b-\u001f]/.test(whole)) return null
  const blank = whole.lastIndexOf('\n\n')
  if (blank < 0 || !whole.endsWith('\n')) return null
  const lines = whole.slice(blank + 2, -1).split('\n')
  if (lines.length > limit.signatures) return null
  const signatures = lines.map(parseSignature)
  if (signatures.some((signature) => signature === null)) return null
  return { text: whole.slice(0, blank + 1), signatures: signatures as NoteSignature[] }
}

function parseSignature(line: string): NoteSignature | null {
  const match = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line)
  const bytes = match && fromBase64(match[2] as string)
  if (!bytes || bytes.length < 5) return null
  return { name: match[1] as string, keyId: bytes.slice(0, 4), signature: bytes.slice(4), line: `${line}\n` }
}

/** What one key said of a note: nothing, a valid signature (with the cosigner's time), or a wrong one. */
export type Verdict = { by: NoteKey; valid: boolean; at?: Date } | null

/** Checks the note against one known key. A signature of a known key that fails speaks against the whole note. */
export async function checkSignature(note: Note, key: NoteKey): Promise<Verdict> {
  const id = await keyId(key)
  const found = note.signatures.find((each) => each.name === key.name && equal(each.keyId, id))
  if (!found) return null
  if (key.type === 'ed25519')
    return { by: key, valid: await verifyEd25519(key.publicKey, found.signature, utf8(note.text)) }
  if (found.signature.length !== 72) return { by: key, valid: false }
  const seconds = new DataView(found.signature.buffer, found.signature.byteOffset).getBigUint64(0)
  const valid = await verifyEd25519(key.publicKey, found.signature.slice(8), cosigned(note.text, seconds))
  return { by: key, valid, at: new Date(Number(seconds) * 1000) }
}

/** The message of a cosignature/v1 (C2SP tlog-cosignature). */
export function cosigned(text: string, seconds: bigint): Uint8Array<ArrayBuffer> {
  return utf8(`cosignature/v1\ntime ${seconds}\n${text}`)
}

/** A key that can sign as well as be checked. */
export type NoteSigner = NoteKey & { sign(message: Uint8Array): Uint8Array }

/** A cosigner's line under a checkpoint's text, saying at which second it was seen (C2SP tlog-cosignature). */
export async function cosignatureLine(signer: NoteSigner, text: string, seconds: bigint): Promise<string> {
  const time = new Uint8Array(8)
  new DataView(time.buffer).setBigUint64(0, seconds)
  return signatureLine(signer.name, await keyId(signer), join(time, signer.sign(cosigned(text, seconds))))
}

async function verifyEd25519(
  publicKey: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, signature, message)
  } catch {
    // Not a point of the curve.
    return false
  }
}
