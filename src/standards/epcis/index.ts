export { parseInstant } from '../instant.ts'
export { parseDocument } from './parse.ts'
export type { Action, EventType, Limits, Parsed, ParsedDocument, ParsedEvent, Party, Thing } from './types.ts'
export {
  bizSteps,
  dispositions,
  readTerm,
  sourceDestinationTypes,
  transactionTypes,
  type Vocabulary,
} from './vocabulary.ts'
export { type CaptureJob, type Trouble, writeCaptureJob, writeXmlProblem } from './xml/answers.ts'
export { parseXml, readXml, type XmlLimits } from './xml/read.ts'
export { writeXml } from './xml/write.ts'
