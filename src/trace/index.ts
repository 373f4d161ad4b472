export type { Frontier, Holder, Quantity, TraceAnswer, TraceNode, Whereabouts } from './answer.ts'
export {
  type AppendContext,
  append,
  appendPrepared,
  type Capturer,
  type Outcome,
  type Prepared,
  prepare,
} from './append.ts'
export { type Balance, type BalanceRequest, balance, type LotBalance, type UnitTable } from './balance.ts'
export { claimEvents } from './claim.ts'
export { type Doubt, doubtsAbout, noteDoubts, settleDoubt, vouchFor } from './doubt.ts'
export { doubtedOf } from './doubted.ts'
export { type EventSearch, readEventParameters } from './event-parameters.ts'
export {
  countEvents,
  type EventPage,
  type EventQuery,
  events,
  eventsById,
  type Order,
  type Page,
  type StoredEvent,
} from './events.ts'
export {
  isKnownThing,
  isKnownWord,
  type KnownPage,
  knownThings,
  knownWords,
  type WordField,
} from './events-known.ts'
export { type MasterData, masterDataOf, storeMasterData } from './events-master-data.ts'
export { takenEvents } from './events-taken.ts'
export { type ExportRequest, exportEvents } from './export.ts'
export type { Filing } from './filing.ts'
export { findGoods, type GoodsQuery, madeBy } from './find.ts'
export type { Gap } from './gaps.ts'
export type { TraceRequest } from './gather.ts'
export type { GraphEdge } from './graph.ts'
export { type Attempt, attemptsOn, GoodsHeld, noteRefused, requireFree, takeAttempts } from './held.ts'
export {
  allowReturns,
  type Breach,
  breachesOf,
  type Hold,
  liftHold,
  noteBreaches,
  placeHold,
  takeTurn,
} from './hold.ts'
export { type Flow, type Journey, journey, type Moment, type Route } from './journey.ts'
export { type Lineage, lineage, type Making, type Origin, type Part } from './lineage.ts'
export { type PathAnswer, type PathRequest, paths } from './paths.ts'
export { carriedAt, type Present, presentAt } from './present.ts'
export {
  createQuery,
  type NamedQuery,
  queries,
  queriesMax,
  queryNamed,
  removeQuery,
} from './queries.ts'
export { type Called, calledBy, type LotQuery, type RecentLot, recentLots } from './recent.ts'
export { regionFlows } from './region-flows.ts'
export type { Told } from './remembered.ts'
export type { Scope } from './scope.ts'
export { eventSource } from './sealing.ts'
export { type Ask, type Product, type Step, type Stories, type Story, stories } from './story.ts'
export {
  advance,
  type Claimed,
  claimDue,
  endSubscription,
  postpone,
  release,
  type Subscription,
  subscribe,
  subscription,
  subscriptions,
  subscriptionsMax,
} from './subscriptions.ts'
export { arrivals, backlogOf, type Position, positionAt, positionNow } from './subscriptions-arrivals.ts'
export {
  nextTime,
  readScheduleField,
  type Schedule,
  type ScheduleField,
  scheduleFields,
} from './subscriptions-schedule.ts'
export { frontier, type TraceMemory, trace, traceMemory } from './trace.ts'
export { type UnitStory, unitStory } from './unit.ts'
