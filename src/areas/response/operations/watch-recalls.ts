import type { ISql } from 'postgres'
import { noteBreaches, takeAttempts } from '../../../trace/index.ts'
import { recallOrder } from '../records/recall-order.ts'
import { recallTask } from '../records/recall-task.ts'
import { raiseFor } from './raise-for.ts'

/** What is said to have happened before the hold, and what happened under it. */
function parted<T extends { isBackdated: boolean; isSure: boolean }>(breaches: readonly T[]): [T[], T[]] {
  const isLate = ({ isBackdated, isSure }: T) => isBackdated && isSure
  return [breaches.filter(isLate), breaches.filter((one) => !isLate(one))]
}

/** Told by the clock: held goods that moved on or were sold, or were kept from it, and notices that nobody acknowledged in time. */
export async function watchRecalls(sql: ISql, now: Date): Promise<void> {
  const [late, moved] = parted(await noteBreaches(sql, now))
  for (const told of Map.groupBy(late, ({ orderId, who }) => `${orderId} ${who}`).values()) {
    const [first] = told
    if (!first) continue
    const { ownerId, region, orderId, title, who, key, eventId } = first
    await raiseFor(sql, now, {
      ...{ ownerId, region, kind: recallOrder.name, id: orderId, level: 'bad' },
      title: `封存后补报的发货或销售，请核对时间是否属实：${title}`.slice(0, 200),
      detail: `${who}，共 ${told.length} 笔，称在封存前发生；${key}，事件 ${eventId}`.slice(0, 500),
    })
  }
  for (const breach of moved) {
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
  const unanswered = await sql<{ id: string; ownerId: string; region: string; reason: string; holder: string }[]>`
    with late as (
      insert into recall_reminder (task_id, at)
      select t.id, ${now} from recall_task t where t.state = 'notified' and t.due_at < ${now} on conflict do nothing
      returning task_id
    )
    select t.id, t.owner_id as "ownerId", t.region, t.reason, o.title as holder
    from late l join recall_task t on t.id = l.task_id join owner o on o.id = t.holder`
  for (const { id, ownerId, region, reason, holder } of unanswered) {
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
