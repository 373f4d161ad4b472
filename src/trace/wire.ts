/**
 * An event that does not count: not confirmed yet (`open`), or found untrue (`rejected`). Of a declaration: `declared`.
 * `At` is a Date in the server and text in a page.
 */
export type Doubted<At = string> = {
  eventId: string
  declared: boolean
  state: 'open' | 'rejected'
  reporter: string
  type: string
  bizStep: string | null
  eventTime: At
}
