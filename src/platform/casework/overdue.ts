import type { Sql } from 'postgres'
import { legalDay } from '../../standards/china/index.ts'
import { uuidv7 } from '../id.ts'
import type { Job } from '../jobs/job.ts'
import { peopleOfTask, tell } from '../message/tell.ts'
import { sayEnds } from './clock.ts'

/** Clocks that ran out: once each, a notice for the owner and its authorities. */
async function noteClocks(sql: Sql, now: Date): Promise<number> {
  return sql.begin(async (tx) => {
    const late = await tx<
      { ownerId: string; kind: string; recordId: string; region: string; title: string; dueAt: Date }[]
    >`
      update clock set overdue_at = ${now}
      where stopped_at is null and paused_at is null and overdue_at is null and due_at < ${now}
      returning owner_id as "ownerId", kind, record_id as "recordId", region, due_at as "dueAt",
        coalesce((select t.title from task t where t.source = 'clock ' || clock.id), title) as title`
    for (const { ownerId, kind, recordId, region, title, dueAt } of late) {
      const day = legalDay(new Date(dueAt.getTime() - 1))
      await tx`insert into notice (owner_id, id, level, title, detail, kind, record_id, region, at)
        values (${ownerId}, ${uuidv7(now.getTime())}, 'bad', ${`已超期：${title}`}, ${`应在 ${day} 前`}, ${kind}, ${recordId}, ${region}, ${now})`
    }
    return late.length
  }) as Promise<number>
}

/** Tasks that are late: whoever should do them and whoever asked for them is told, once. */
async function tellOfTasks(sql: Sql, now: Date): Promise<number> {
  return sql.begin(async (tx) => {
    const late = await tx<{ id: string; title: string; kind: string; recordId: string; askedBy: string | null }[]>`
      update task set overdue_at = ${now} where state in ('open', 'taken') and overdue_at is null and due_at < ${now}
      returning id, title, kind, record_id as "recordId", asked_by as "askedBy"`
    for (const task of late) {
      const people = await peopleOfTask(tx, task.id)
      if (task.askedBy) people.push(task.askedBy)
      const told = { kind: task.kind, recordId: task.recordId, key: `overdue ${task.id}` }
      await tell(
        tx,
        [...new Set(people)],
        { topic: 'overdue', level: 'bad', title: `已超期：${task.title}`, ...told },
        now,
      )
    }
    return late.length
  }) as Promise<number>
}

/** Says what has run out, and ends that could not be said before. */
export const overdueJob = (sql: Sql): Job => ({
  name: 'overdue',
  title: '查超期',
  schedule: { everySeconds: 15 },
  run: async ({ now }) => (await sayEnds(sql)) + (await noteClocks(sql, now)) + (await tellOfTasks(sql, now)),
})
