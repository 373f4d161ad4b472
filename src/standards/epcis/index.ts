export { parseDocument } from './parse.ts'
export type { Action, EventType, Limits, Parsed, ParsedDocument, ParsedEvent, Party, Thing } from './types.ts'
