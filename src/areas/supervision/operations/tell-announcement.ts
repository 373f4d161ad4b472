import type { ISql } from 'postgres'
import type { RecordOf } from '../../../language/index.ts'
import { tell } from '../../../platform/message/tell.ts'
import type { Change, Reaction } from '../../../platform/operation.ts'
import { announcement } from '../records/announcement.ts'
import { isFor } from './audience.ts'

/** People told in one statement. */
const batch = 1000

/** Whom the announcement is for, in the order of their accounts. */
async function* peopleOf(sql: ISql, id: string): AsyncGenerator<string[]> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await sql<{ id: string }[]>`
      select a.id from announcement n, account a join owner o on o.id = a.owner_id
      where n.id = ${id} and a.id > ${after} and ${isFor(sql)} order by a.id limit ${batch}`
    if (rows.length > 0) yield rows.map((row) => row.id)
    if (rows.length < batch) return
    after = rows.at(-1)?.id ?? after
  }
}

function saidOf(change: Change): { level: 'bad' | 'warn' | 'info'; title: string; detail: string } | undefined {
  const { state, title, form, body, confirmBy, reason } = change.image as RecordOf<typeof announcement>
  const word = announcement.fields.form.options[form]
  if (state === 'withdrawn') return { level: 'warn', title: `已撤回：${title}`, detail: reason ?? '' }
  if (state !== 'issued') return undefined
  const detail = confirmBy ? `请于 ${confirmBy} 前确认收到。${body}` : body
  return { level: form === 'warning' ? 'bad' : confirmBy ? 'warn' : 'info', title: `${word}：${title}`, detail }
}

/** 公告管理 (D6.2.5.3): what is published, and what is taken back, is said to everybody whom it is for. */
export const tellAnnouncement: Reaction = {
  name: 'tell-announcement',
  kinds: [announcement.name],
  async react(sql, change) {
    const said = saidOf(change)
    if (!said) return
    const at = new Date(String(change.image.updatedAt))
    const about = { topic: 'bulletin', kind: change.kind, recordId: change.id } as const
    for await (const people of peopleOf(sql, change.id))
      await tell(sql, people, { ...about, ...said, key: `bulletin ${change.id} ${change.version}` }, at)
  },
}
