import { decodeDeclared, isDeclaration } from '../../standards/declared-frame.ts'
import type { Credential } from './gate.ts'
import type { Station } from './station.ts'
import { readValues, renamed } from './values.ts'

/** A frame of a maker's own, read by the declaration in the credential. */
export async function takeFrame(
  station: Station,
  credential: Credential,
  bytes: Buffer,
  refuse: (code: string, text: string) => void,
): Promise<void> {
  const { declaration } = credential.variant
  if (!isDeclaration(declaration)) return refuse('no-declaration', '设备没有声明报文格式')
  const read = decodeDeclared(bytes, declaration)
  if (!read.ok) return refuse(read.problems[0]?.code ?? '', read.problems[0]?.text ?? '')
  const receivedAt = station.clock()
  const values = readValues(renamed(read.value.values, credential.variant))
  if (typeof values === 'string') return refuse('bad-values', values)
  const { deviceId, ownerId } = credential
  await station.batcher.add([{ deviceId, ownerId, at: read.value.at ?? receivedAt, receivedAt, values }])
}
