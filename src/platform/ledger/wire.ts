/** One thing that was found in the log: what it is, what it says, since when it is there, and where it opens. */
export type Found = {
  what: 'block' | 'transaction' | 'leaf' | 'record' | 'member'
  title: string
  text: string
  /** An instant, for the reader's own clock. */
  at?: string
  /** A page of the desk. */
  to?: string
  /** The block that it is, or lies in. */
  block?: number
}
