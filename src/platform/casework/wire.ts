/** What casework answers its pages. `At` is a Date in the server and text in a page. */

/** 待办, as a list shows it. */
export type TaskShown<At = string> = {
  id: string
  ownerId: string
  kind: string
  recordId: string
  title: string
  detail: string | null
  why: 'hand' | 'clock' | 'flow' | 'mention' | 'finding'
  source: string | null
  dueAt: At | null
  dueNote: string | null
  state: 'open' | 'taken' | 'done' | 'cancelled'
  takenBy: string | null
  takenName: string | null
  doneName: string | null
  doneAt: At | null
  answer: string | null
  askedBy: string | null
  askedName: string
  createdAt: At
  forName: string | null
}

/** A 待办 with what a list adds. `who`: the person whom the record is about, where a person's name is its title. */
export type TaskListed<At = string> = TaskShown<At> & {
  kindTitle: string
  ownerTitle: string | null
  who?: string
  mine: boolean
}

export type TaskPage<At = string> = {
  asOf: string
  items: TaskListed<At>[]
  next: number | null
  counts: { open: number; overdue: number; today: number }
}

/** A deadline of a record, running or ended. `missing`: the year whose holidays are not entered. */
export type ClockShown<At = string> = {
  id: string
  name: string
  title: string
  rule: string
  value: number
  unit: string
  startedAt: At
  dueAt: At | null
  missing: number | null
  pausedAt: At | null
  stoppedAt: At | null
  overdueAt: At | null
  byHand: string | null
}

export type CommentShown<At = string> = {
  id: string
  name: string
  byTitle: string
  audience: 'all' | 'side'
  text: string
  mentions: string[]
  files: { sha256: string; name: string }[]
  at: At
}

/** An approval with what was said in it. */
export type FlowShown<At = string> = {
  id: string
  title: string
  steps: { title: string }[]
  state: 'running' | 'approved' | 'refused' | 'withdrawn' | 'failed'
  atStep: number
  note: string | null
  outcome: string | null
  askedName: string
  askedAt: At
  decisions: DecisionShown<At>[]
  mayDecide: boolean
  mayWithdraw: boolean
}

export type DecisionShown<At = string> = {
  flowId: string
  turn: number
  step: number
  name: string
  ownerTitle: string
  handName: string | null
  allow: boolean
  remark: string | null
  at: At
}

/** Who may be asked or mentioned. */
export type PersonShown = { id: string; name: string; ownerTitle: string }

/** A figure of the law that is in force today, under which a record may be timed. */
export type FigureShown = { name: string; value: string; unit: string; article: string; note: string | null }

/** What stands beside a record. */
export type Casework<At = string> = {
  clocks: ClockShown<At>[]
  figures: FigureShown[]
  tasks: TaskShown<At>[]
  flows: FlowShown<At>[]
  comments: CommentShown<At>[]
  templates: { id: string; name: string }[]
  people: PersonShown[]
  may: { comment: boolean; ask: boolean }
}
