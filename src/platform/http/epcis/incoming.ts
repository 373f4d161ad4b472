import { Failure, type Problem } from '../../../failure.ts'
import { type ParsedDocument, parseDocument, parseXml, readXml } from '../../../standards/epcis/index.ts'
import { parseBinding } from '../../../standards/epcis/parse.ts'
import { isRecord } from '../../../standards/epcis/run.ts'
import { parseJson } from '../json.ts'
import { bytesMax, eventsMax } from './terms.ts'

/** What was sent, as text, in one of the two bindings, and the namespaces that were declared beside it. */
export type Body = { text: string; isXml: boolean; extensions?: ReadonlyMap<string, string> }

/** A checked document; what of it was refused, and the place in the document that each of its events had. */
export type Incoming = { document: ParsedDocument; refused: Problem[]; places: readonly number[] }

/** Where the events of a document stand. */
export const listPlace: Readonly<Record<ParsedDocument['kind'], string>> = {
  EPCISDocument: '/epcisBody/eventList',
  EPCISQueryDocument: '/epcisBody/queryResults/resultsBody/eventList',
  event: '',
}

/** Reads and checks a document; throws 400 naming every place, 413 where it has too many events. */
export function readWhole(body: Body, kinds: readonly ParsedDocument['kind'][]): Incoming {
  const parsed = body.isXml
    ? parseXml(body.text, { events: eventsMax, characters: bytesMax })
    : parseDocument(jsonBody(body), { events: eventsMax })
  if (!parsed.ok) throw refusal(parsed.problems)
  checkKind(parsed.document, kinds)
  return { document: parsed.document, refused: [], places: parsed.document.events.map((_, place) => place) }
}

/**
 * The document, with the prefixes it uses that only GS1-Extensions declares written into its context: what is stored has
 * to say by itself what its names mean. What the document declares goes before.
 */
function jsonBody({ text, extensions = new Map() }: Body): unknown {
  const json = parseJson(text)
  const used = [...extensions].filter(([prefix]) => text.includes(`"${prefix}:`))
  if (used.length === 0 || !isRecord(json) || !('@context' in json)) return json
  return { ...json, '@context': [Object.fromEntries(used), ...[json['@context']].flat()] }
}

/** Problems looked for in a document of which what is good shall be stored: two for each event it may have. */
const problemsMax = 20_000

/** As `readWhole`, but events that break a rule are left out and told. What is wrong with the rest refuses all. */
export function readGood(body: Body, kinds: readonly ParsedDocument['kind'][]): Incoming {
  const limits = { events: eventsMax, problems: problemsMax, characters: bytesMax }
  const json = body.isXml ? undefined : jsonBody(body)
  const first = body.isXml ? parseXml(body.text, limits) : parseDocument(json, limits)
  if (first.ok) return readWhole(body, kinds)
  const whole = body.isXml ? jsonOf(body.text) : json
  const bad = new Set<number>()
  for (const { at } of first.problems) {
    const place = placeOf(at)
    if (place === undefined || first.problems.length >= problemsMax) throw refusal(first.problems.slice(0, 100))
    bad.add(place)
  }
  const { rest, places } = without(whole, bad)
  // What XML may and JSON may not was told apart above; the looser of its versions only makes the events now.
  const parsed = body.isXml ? parseBinding('xml-1.x', rest, limits) : parseDocument(rest, limits)
  if (!parsed.ok) throw refusal(parsed.problems.slice(0, 100))
  checkKind(parsed.document, kinds)
  return { document: parsed.document, refused: [...first.problems], places }
}

/** The place in the list of events that a JSON pointer leads to; undefined where it leads elsewhere. */
function placeOf(at: string): number | undefined {
  for (const list of [listPlace.EPCISDocument, listPlace.EPCISQueryDocument]) {
    const found = at.startsWith(`${list}/`) && /^\d+/.exec(at.slice(list.length + 1))
    if (found) return Number(found[0])
  }
  return undefined
}

type Json = Record<string, unknown>

/** The document with the events at some places left out. */
function without(json: unknown, bad: ReadonlySet<number>): { rest: unknown; places: number[] } {
  const document = structuredClone(json) as Json
  const body = document.epcisBody as Json
  const holder = document.type === 'EPCISDocument' ? body : ((body.queryResults as Json).resultsBody as Json)
  const list = holder.eventList as unknown[]
  const places = [...list.keys()].filter((place) => !bad.has(place))
  holder.eventList = places.map((place) => list[place])
  return { rest: document, places }
}

/** The JSON form of a document, for what the events do not hold: its master data. */
export function jsonOf(text: string): unknown {
  const read = readXml(text, { characters: bytesMax })
  if (!read.ok) throw refusal(read.problems)
  return read.value
}

function checkKind(document: ParsedDocument, kinds: readonly ParsedDocument['kind'][]): void {
  if (kinds.includes(document.kind)) return
  const text = kinds.includes('event') ? '这里应提交单个事件' : '这里应提交 EPCIS 文档（EPCISDocument）'
  throw refusal([{ code: 'document-kind', text, at: '/type' }])
}

/** The refusal of a document that breaks rules: 413 where it is too large, else 400. */
export function refusal(problems: readonly Problem[]): Failure {
  const first = problems[0]?.text ?? '文档不符合 EPCIS 2.0'
  const tooMany = problems.some((problem) => problem.code === 'too-many-events')
  const more = problems.length > 1 ? `（共 ${problems.length} 处）` : ''
  return new Failure(tooMany ? 413 : 400, 'epcis-invalid', `${first}${more}`, {
    problems,
    type: tooMany ? 'epcisException:CaptureLimitExceededException' : 'epcisException:ValidationException',
  })
}
