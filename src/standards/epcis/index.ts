export { parseDocument } from './parse.ts'
export { parseInstant } from './time.ts'
export type { Action, EventType, Limits, Parsed, ParsedDocument, ParsedEvent, Party, Thing } from './types.ts'
