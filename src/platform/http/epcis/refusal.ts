import type { FastifyInstance } from 'fastify'
import { writeXmlProblem } from '../../../standards/epcis/index.ts'
import { chooseMedia, isXml } from './media.ts'

/** The exception that the standard names for a status, where the refusal itself names none. */
const exceptions: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'SecurityException',
  403: 'SecurityException',
  404: 'NoSuchResourceException',
  405: 'ImplementationException',
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
    if (body.status === 401) reply.header('WWW-Authenticate', 'Bearer realm="epcis"')
    const exception = exceptions[body.status]
    if (body.type === 'about:blank' && exception) body.type = `epcisException:${exception}`
    if (!wantsXml(request.headers.accept)) return JSON.stringify(body)
    reply.header('content-type', 'application/problem+xml; charset=utf-8')
    return writeXmlProblem({ ...body, instance: `urn:uuid:${body.requestId}` })
  })
}

function wantsXml(accept: string | undefined): boolean {
  try {
    return isXml(chooseMedia(accept, ['application/json', 'application/xml']))
  } catch {
    return false
  }
}
