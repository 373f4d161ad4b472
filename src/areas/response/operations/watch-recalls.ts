import type { ISql } from 'postgres'
import { noteBreaches, takeAttempts } from '../../../trace/index.ts'
import { recallOrder } from '../records/recall-order.ts'
import { recallTask } from '../records/recall-task.ts'
import { raiseFor } from './raise-for.ts'

/** Told by the clock: held goods that moved on or were sold, or were kept from it, and notices that nobody acknowledged in time. */
export async function watchRecalls(sql: ISql, now: Date): Promise<void> {
  for (const breach of await noteBreaches(sql, now)) {
    await raiseFor(sql, now, {
      ownerId: breach.ownerId,
      region: breach.region,
      kind: recallOrder.name,
      id: breach.orderId,
      level: 'bad',
      title: `${breach.isSure ? '封存货物被移动或销售' : '请核对是否有封存货物被移动或销售'}：${breach.title}`.slice(
        0,
        200,
      ),
      detail: `${breach.isSure ? '' : '货物太多，未能逐一核对：'}${breach.key}，事件 ${breach.eventId}`.slice(0, 500),
    })
  }
  for (const attempt of await takeAttempts(sql, now)) {
    await raiseFor(sql, now, {
      ownerId: attempt.ownerId,
      region: attempt.region,
      kind: recallOrder.name,
      id: attempt.orderId,
      level: 'warn',
      title: `封存货物要被发出，已拦下：${attempt.title}`.slice(0, 200),
      detail: `${attempt.who}，${attempt.key}`.slice(0, 500),
    })
  }
  const late = await sql<{ id: string; ownerId: string; region: string; reason: string; holder: string }[]>`
    with late as (
      insert into recall_reminder (task_id, at)
      select t.id, ${now} from recall_task t where t.state = 'notified' and t.due_at < ${now} on conflict do nothing
      returning task_id
    )
    select t.id, t.owner_id as "ownerId", t.region, t.reason, o.title as holder
    from late l join recall_task t on t.id = l.task_id join owner o on o.id = t.holder`
  for (const { id, ownerId, region, reason, holder } of late) {
    await raiseFor(sql, now, {
      ownerId,
      region,
      kind: recallTask.name,
      id,
      level: 'warn',
      title: `召回通知超时未确认：${holder}`.slice(0, 200),
      detail: reason.slice(0, 500),
    })
  }
}
