// What devices measure: stored once by device and moment, read back as it was, thinned for a chart.
export { type Appended, append, noteSkew } from './append.ts'
export { type Archived, archiveDay, coldDays } from './archive.ts'
export { type FrameKeeper, keepFrames, keepFramesOf } from './frames.ts'
export { type History, type HistoryPoint, type HistoryRequest, history, rollUp } from './history.ts'
export { clockSkew, type Latest, latest, readings } from './read.ts'
export { aheadMsMax, isPlausible, lateMsMax, type Reading, type Value } from './reading.ts'
