import type { FastifyInstance } from 'fastify'
import { chooseMedia, isXml } from './media.ts'

/** The exception that the standard names for a status, where the refusal itself names none. */
const exceptions: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'SecurityException',
  403: 'SecurityException',
  404: 'NoSuchResourceException',
  406: 'NotAcceptableException',
  409: 'ResourceAlreadyExistsException',
  413: 'CaptureLimitExceededException',
  414: 'URITooLongException',
  415: 'UnsupportedMediaTypeException',
  422: 'ValidationException',
  500: 'ImplementationException',
  501: 'ImplementationException',
}

type Body = { type: string; title: string; status: number; detail?: string; code?: string; requestId?: string }

/** Gives every refusal of these routes the standard's exception as its type, and XML to whoever wants XML. */
export function refusals(scope: FastifyInstance): void {
  scope.addHook('onSend', async (request, reply, payload) => {
    const type = String(reply.getHeader('content-type') ?? '')
    if (!type.startsWith('application/problem+json') || typeof payload !== 'string') return payload
    const body = JSON.parse(payload) as Body
    const exception = exceptions[body.status]
    if (body.type === 'about:blank' && exception) body.type = `epcisException:${exception}`
    if (!wantsXml(request.headers.accept)) return JSON.stringify(body)
    reply.header('content-type', 'application/problem+xml; charset=utf-8')
    return problemXml(body)
  })
}

function wantsXml(accept: string | undefined): boolean {
  try {
    return isXml(chooseMedia(accept, ['application/json', 'application/xml']))
  } catch {
    return false
  }
}

function problemXml({ type, title, status, detail, code, requestId }: Body): string {
  const fields = elements({ type, title, status, detail, code, requestId })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<epcis:EPCISException xmlns:epcis="urn:epcglobal:epcis:xsd:2">${fields}</epcis:EPCISException>\n`
}

/** Simple elements of what is given. */
export function elements(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
    .join('')
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (c) => escapes[c] ?? c)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '�')
}
