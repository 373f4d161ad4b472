import { escapeAttribute, escapeText } from './scope.ts'

/** A capture job of the REST binding (EPCIS 2.0, section 12.6.1). */
export type CaptureJob = {
  captureID: string
  running: boolean
  success: boolean
  captureErrorBehaviour?: string
  createdAt?: string
  finishedAt?: string
  errorFile?: string
  errors?: readonly Trouble[]
}

/** A problem of the REST binding (RFC 9457), its members as the interface's description names them. */
export type Trouble = { type: string; title: string; status?: number; detail?: string; instance?: string }

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
const namespace = ' xmlns:epcis="urn:epcglobal:epcis:xsd:2"'

/** A capture job in XML. */
export function writeCaptureJob(job: CaptureJob): string {
  const { captureID, running, success, errors, ...rest } = job
  const attributes = ` running="${running}" success="${success}" captureID="${escapeAttribute(captureID)}"`
  const list = errors?.map((error) => `<error>${fields(error, troubleFields)}</error>`).join('')
  const content = fields(rest, jobFields) + (list ? `<errors>${list}</errors>` : '')
  return `${declaration}<epcis:EPCISCaptureJob${namespace}${attributes}>${content}</epcis:EPCISCaptureJob>\n`
}

/** A problem in XML (`application/problem+xml`). */
export function writeXmlProblem(trouble: Trouble): string {
  return `${declaration}<epcis:EPCISException${namespace}>${fields(trouble, troubleFields)}</epcis:EPCISException>\n`
}

const jobFields = ['captureErrorBehaviour', 'createdAt', 'finishedAt', 'errorFile']
const troubleFields = ['type', 'title', 'status', 'detail', 'instance']

function fields(value: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  return names
    .filter((name) => value[name] !== undefined)
    .map((name) => `<${name}>${escapeText(String(value[name]))}</${name}>`)
    .join('')
}
