export const channels = { api: '接口', import: '文件导入', epcis: '事件采集' } as const

/** Something that came from outside and was refused. */
export type Held = {
  id: string
  version: number
  state: 'open' | 'replayed' | 'dropped'
  channel: keyof typeof channels
  kind: string | null
  kindTitle: string
  via: string | null
  actorName: string
  ownerTitle: string
  region: string
  receivedAt: string
  times: number
  reason: { code: string; text: string; problems: { code: string; text: string; at: string }[] }
  content?: Record<string, unknown>
  text?: string
  original?: string
  mine: boolean
  isCorrected: boolean
  correctedBy: string | null
  dropReason: string | null
  recordId: string | null
}

export type HeldPage = { items: Held[]; next: string | null; total: number; kinds: Record<string, number> }
