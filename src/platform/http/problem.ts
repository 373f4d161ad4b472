import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../failure.ts'
import { hearOut } from './hear-out.ts'

/** Refusals by the HTTP layer itself, in the users' language. */
const texts: Readonly<Record<string, [number, string, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'wrong-media-type', '内容类型不支持，请使用 application/json'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'empty-body', '没有收到内容'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'malformed-json', '内容不是有效的 JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'wrong-length', '内容长度与声明的不一致'],
  FST_ERR_BAD_URL: [400, 'bad-url', '网址不正确'],
}

/** What the database gives up after a while (store/pools.ts): nothing is wrong with it, but whoever runs it should know. */
const givenUp: Readonly<Record<string, [number, string, string]>> = {
  // query_canceled, lock_not_available
  '57014': [503, 'took-too-long', '这次用时太长，已经停下，请缩小范围再试'],
  '55P03': [503, 'locked', '有人正在改同一处内容，请稍后再试'],
}

function toFailure(error: FastifyError | Failure, request: FastifyRequest): Failure | undefined {
  if (error instanceof Failure) return error
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const most = (request.routeOptions.bodyLimit ?? 0) / 1024 ** 2
    return new Failure(413, 'too-large', `内容太大${most >= 1 ? `，最多 ${most} MB` : ''}，请分批提交`)
  }
  // Whoever sends a form is not helped by being told of JSON where a file is wanted.
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' && /^multipart\//i.test(request.headers['content-type'] ?? ''))
    return new Failure(415, 'wrong-media-type', '不收 multipart 表单，请把文件或 JSON 直接作为请求正文发送')
  const known = texts[error.code] ?? givenUp[error.code]
  if (known) return new Failure(...known)
  const status = error.statusCode ?? 500
  if (status < 500) return new Failure(status, 'bad-request', '请求不正确')
  return undefined
}

/** Answers every refusal as problem+json (RFC 9457); a defect becomes a 500 that shows nothing but its request id. */
export function sendProblem(error: FastifyError | Failure, request: FastifyRequest, reply: FastifyReply): void {
  const failure = toFailure(error, request)
  if (!failure) request.log.error({ err: error, requestId: request.id }, 'defect')
  else if (givenUp[error.code]) request.log.warn({ err: error, requestId: request.id }, 'given up')
  const shown = failure ?? new Failure(500, 'defect', `系统出错，请稍后再试。编号 ${request.id}`)
  if (shown.status === 413) hearOut(request, reply)
  reply
    .code(shown.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send({
      ...shown.details,
      type: shown.type,
      title: shown.text,
      status: shown.status,
      code: shown.code,
      detail: shown.text,
      problems: shown.problems,
      requestId: request.id,
    })
}
