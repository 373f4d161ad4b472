export { commandTitles, decodeGb26875, type FireHead, type FirePacket, headOfGb26875 } from './decode.ts'
export { answerGb26875, encodeGb26875 } from './encode.ts'
export type { InfoObject } from './objects.ts'
export { splitGb26875 } from './split.ts'
