/** What somebody did, as the audit desk tells it; `At` is a Date in the server and text in a page. */
export type AuditEntry<At = string> = {
  id: string
  at: At
  app: string
  actorId: string | null
  actorName: string
  ownerTitle: string
  act: string
  kind: string
  objectId: string
  title: string
  result: 'done' | 'refused' | 'failed'
  address: string
  rows: number
  detail: Record<string, unknown>
}
