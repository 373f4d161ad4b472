/** How soon a notice asks to be looked at: at once, within days, or when there is time. */
export type NoticeLevel = 'bad' | 'warn' | 'info'

/** What somebody should look at. `At` is a Date in the server and text in a page. */
export type NoticeShown<At = string> = {
  id: string
  level: NoticeLevel
  title: string
  detail: string | null
  kind: string
  recordId: string
  ownerId: string
  ownerTitle: string
  region: string
  regionTitle: string
  at: At
}

export type NoticePage<At = string> = { items: NoticeShown<At>[]; next: string | null; total: number }
