import type { FastifyRequest } from 'fastify'
import manifest from '../../../../package.json' with { type: 'json' }
import { Failure } from '../../../failure.ts'

/** What one document may hold at most. */
export const bytesMax = 16 * 1024 * 1024
export const eventsMax = 10_000

const epcFormats = ['No_Preference', 'Always_GS1_Digital_Link', 'Always_EPC_URN', 'Never_Translates'] as const
const xmlFormats = ['No_Preference', 'Always_Web_URI', 'Always_URN', 'Never_Translates'] as const
export type EpcFormat = (typeof epcFormats)[number]
export type XmlFormat = (typeof xmlFormats)[number]

/** What is announced with every answer (EPCIS 2.0, 12.7). */
export const announced: Readonly<Record<string, string>> = {
  'GS1-EPCIS-Version': '2.0.0',
  'GS1-EPCIS-Min': '2.0.0',
  'GS1-EPCIS-Max': '2.0.0',
  'GS1-CBV-Version': '2.0.0',
  'GS1-CBV-Min': '2.0.0',
  'GS1-CBV-Max': '2.0.0',
  'GS1-Extensions': 'cbvmda=urn:epcglobal:cbv:mda:',
  'GS1-Vendor-Version': `shisu ${manifest.version}`,
}

/** What is announced where events are captured: the limits, and that bodies may be compressed (RFC 9110, 12.5.3). */
export const captureLimits: Readonly<Record<string, string>> = {
  'GS1-EPCIS-Capture-Limit': String(eventsMax),
  'GS1-EPCIS-Capture-File-Size-Limit': String(bytesMax),
  'Accept-Encoding': 'gzip',
}

/** What /capture announces beside it: that it knows rollback and proceed. */
export const captureAnnounced: Readonly<Record<string, string>> = {
  ...captureLimits,
  'GS1-Capture-Error-Behaviour': 'all',
}

/** How a client wants identifiers and CBV words written. */
export type Forms = { epcFormat: EpcFormat; xmlFormat: XmlFormat }

/** The forms a request asks for; without a header identifiers are Digital Links, as the binding has it. */
export function readForms(request: FastifyRequest): Forms {
  return {
    epcFormat: choice(request, 'gs1-epc-format', epcFormats, 'Always_GS1_Digital_Link'),
    xmlFormat: choice(request, 'gs1-cbv-xml-format', xmlFormats, 'No_Preference'),
  }
}

function choice<T extends string>(request: FastifyRequest, name: string, allowed: readonly T[], absent: T): T {
  const given = request.headers[name]
  if (given === undefined) return absent
  const found = allowed.find((one) => one === given)
  if (found) return found
  throw new Failure(406, 'format', `请求头 ${name} 只能是 ${allowed.join('、')}`)
}

/** Namespaces that the client declares in GS1-Extensions: `ex=https://example.org/,…`. Throws 400 where it is none. */
export function readExtensions(request: FastifyRequest): ReadonlyMap<string, string> {
  const prefixes = new Map<string, string>()
  const given = request.headers['gs1-extensions']
  if (typeof given !== 'string') return prefixes
  for (const part of given.split(',')) {
    const [, name, uri] = /^\s*([A-Za-z_][\w.-]*)\s*=\s*(\S+)\s*$/.exec(part) ?? []
    if (!name || !uri) throw new Failure(400, 'extensions', 'GS1-Extensions 应为 前缀=命名空间，多个用逗号分开')
    prefixes.set(name, uri)
  }
  return prefixes
}

/** Throws 406 where the client asks for a version that is not spoken here. Documents in XML may be of EPCIS 1.x. */
export function checkVersions(request: FastifyRequest): void {
  for (const [standard, name] of [
    ['EPCIS', 'gs1-epcis'],
    ['CBV', 'gs1-cbv'],
  ] as const) {
    const min = request.headers[`${name}-min`]
    const max = request.headers[`${name}-max`]
    const version = request.headers[`${name}-version`]
    const isFit =
      compare(min, '2.0') <= 0 &&
      (max === undefined || compare(max, '2') >= 0) &&
      (version === undefined ||
        compare(version, '2.0') === 0 ||
        (request.method === 'POST' && compare(version, '2') < 0))
    if (!isFit) throw new Failure(406, 'version', `这里支持 ${standard} 2.0，要求的是 ${[version, min, max].join(' ')}`)
  }
}

/** Order of two version numbers by the parts that the second names; nothing is older than all. */
function compare(version: string | string[] | undefined, with2: string): number {
  if (version === undefined) return -1
  const parts = String(version).split('.').map(Number)
  if (parts.some((part) => !Number.isInteger(part))) throw new Failure(406, 'version', `版本号 ${version} 不正确`)
  for (const [index, part] of with2.split('.').map(Number).entries()) {
    const difference = (parts[index] ?? 0) - part
    if (difference !== 0) return difference
  }
  return 0
}
