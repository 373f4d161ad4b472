import type { FileValue } from '../../../language/fields/file.ts'

/** An announcement in the list of those whom it is for. */
export type Announced = {
  id: string
  number: string
  title: string
  /** 通知, 公告, 公文 or 警示. */
  form: string
  isWarning: boolean
  from: string
  issuedAt: string
  until: string | null
  /** The day by which each unit says that it has it; null where seeing it is enough. */
  confirmBy: string | null
  /** When the asking person first read it. */
  readAt: string | null
  /** When and by whom the asking person's unit said that it has it. */
  confirmedAt: string | null
  confirmedBy: string | null
}

/** What an announcement says, to whoever opened it. */
export type AnnouncementText = {
  id: string
  title: string
  body: string
  attachments: FileValue[]
  confirmBy: string | null
}

/** Whom an announcement is for, and what they did with it. */
export type Reached = {
  asOf: string
  /** Units and people whom it is for, of those that have an account. */
  units: number
  people: number
  /** Units of which somebody has read it, or said that they have it. */
  read: number
  confirmed: number
  confirmBy: string | null
  /** Those of whom the publisher still waits, the ones that have not even read it first. */
  missing: { id: string; title: string; region: string; hasRead: boolean }[]
}
