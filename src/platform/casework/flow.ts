import type { ISql, Sql, TransactionSql } from 'postgres'
import { Failure, forbidden, invalid, notFound } from '../../failure.ts'
import { isId, type Kind, type Transition } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { isPersons } from '../access/clients.ts'
import { accountActor } from '../access/session.ts'
import { uuidv7 } from '../id.ts'
import { peopleOfTask, tell } from '../message/tell.ts'
import type { Keyring } from '../protect/keyring.ts'
import { deadlineAfter, readCalendar } from '../rules/calendar.ts'
import { openStore } from '../store/store.ts'
import { type AtRecord, type Desk, titleAt } from './at-record.ts'
import { missingNote } from './clock.ts'
import type { FlowStep, Template } from './flow-template.ts'
import { authorityOf, closeTasks, nameOf, openTask, type Whose } from './task.ts'

export type Flow = {
  id: string
  ownerId: string
  kind: string
  recordId: string
  region: string
  title: string
  steps: FlowStep[]
  act: string | null
  input: Buffer | null
  recordVersion: number
  state: 'running' | 'approved' | 'refused' | 'withdrawn' | 'failed'
  atStep: number
  turn: number
  note: string | null
  outcome: string | null
  askedBy: string
  askedName: string
  askedOwner: string
  askedAt: Date
  endedAt: Date | null
}

export const flowColumns = (
  sql: ISql,
) => sql`f.id, f.owner_id as "ownerId", f.kind, f.record_id as "recordId", f.region,
  f.title, f.steps, f.act, f.input, f.record_version as "recordVersion", f.state, f.at_step as "atStep", f.turn, f.note,
  f.outcome, f.asked_by as "askedBy", f.asked_name as "askedName", f.asked_owner as "askedOwner", f.asked_at as "askedAt",
  f.ended_at as "endedAt"`

export const inputPurpose = (id: string): string => `flow.input ${id}`

const sourceOf = (flow: Flow, account = ''): string => `flow ${flow.id} ${flow.turn} ${account}`.trim()

/** Accounts that may decide a step: never the one who asked. */
async function deciders(
  sql: ISql,
  flow: Flow,
  step: FlowStep,
): Promise<{ whose: Whose | undefined; accounts: string[] }> {
  const [owner] = await sql<{ station: string | null }[]>`select station from owner where id = ${flow.ownerId}`
  const city = `${flow.region.slice(0, 4)}00`
  const by: Record<FlowStep['who'], Whose | undefined> = {
    colleague: { owner: flow.askedOwner },
    owner: { owner: flow.ownerId },
    station: owner?.station ? { station: owner.station } : undefined,
    county: authorityOf(flow.region),
    city: { role: 'city', region: city },
  }
  const whose = by[step.who]
  if (!whose) return { whose, accounts: [] }
  const within =
    'owner' in whose
      ? sql`a.owner_id = ${whose.owner}`
      : 'station' in whose
        ? sql`o.station = ${whose.station} and a.role = 'county'`
        : 'role' in whose
          ? sql`a.role = ${whose.role} and o.region = ${whose.region} and o.station is null`
          : sql`false`
  const rows = await sql<{ id: string }[]>`
    select a.id from account a join owner o on o.id = a.owner_id
    where ${within} and a.id <> ${flow.askedBy} and a.disabled_at is null and a.confirmed_at is not null
      and a.role in ('city', 'county', 'enterprise') and ${isPersons(sql, 'a')} order by a.id limit 100`
  return { whose, accounts: rows.map((row) => row.id) }
}

/** Opens the tasks of the step at which the flow now is. */
async function openStep(sql: ISql, flow: Flow, recordTitle: string, now: Date): Promise<void> {
  const step = flow.steps[flow.atStep]
  if (!step) throw new Error('a flow beyond its last step')
  const { whose, accounts } = await deciders(sql, flow, step)
  if (!whose || accounts.length === 0)
    throw new Failure(409, 'nobody-decides', `“${step.title}”这一步没有别人可以审批，请先开通账号或改用别的流程`)
  const { at, missing } = step.days ? deadlineAfter(now, { value: step.days, unit: 'WD' }, await readCalendar(sql)) : {}
  const task = {
    ownerId: flow.ownerId,
    kind: flow.kind,
    recordId: flow.recordId,
    region: flow.region,
    title: `审批 ${flow.title}·${step.title}：${recordTitle}`,
    detail: flow.note ?? undefined,
    why: 'flow' as const,
    dueAt: at,
    dueNote: missingNote(missing),
    askedBy: flow.askedBy,
    askedName: flow.askedName,
  }
  const wanted: { whose: Whose; source: string }[] =
    step.how === 'any'
      ? [{ whose, source: sourceOf(flow) }]
      : accounts.map((account) => ({ whose: { account }, source: sourceOf(flow, account) }))
  for (const { whose: person, source } of wanted) {
    const id = await openTask(sql, { ...task, whose: person, source }, now)
    if (!id) continue
    const people = (await peopleOfTask(sql, id)).filter((account) => account !== flow.askedBy)
    await tell(
      sql,
      people,
      {
        topic: 'flow',
        level: 'info',
        title: task.title,
        detail: `${flow.askedName}发起`,
        kind: flow.kind,
        recordId: flow.recordId,
        key: source,
      },
      now,
    )
  }
}

const openSources = async (sql: ISql, flow: Flow): Promise<string[]> =>
  (
    await sql<{ source: string }[]>`
    select source from task where kind = ${flow.kind} and record_id = ${flow.recordId} and state in ('open', 'taken')
      and starts_with(source, ${`flow ${flow.id} `})`
  ).map((row) => row.source)

/** Starts a flow about a record; with `act`, that step of the record's life is taken when everybody has agreed. */
export async function startFlow(
  sql: ISql,
  keyring: Keyring,
  actor: Actor,
  at: AtRecord,
  template: Template,
  wish: { note?: string; act?: Transition; input?: Record<string, unknown> },
  now: Date,
): Promise<Flow> {
  const id = uuidv7(now.getTime())
  const row = {
    id,
    owner_id: at.row.ownerId,
    kind: at.kind.name,
    record_id: at.row.id,
    region: at.region,
    template_id: template.id,
    title: template.name,
    steps: sql.json(template.steps as never),
    act: wish.act?.name ?? null,
    input: wish.input ? keyring.seal(JSON.stringify(wish.input), inputPurpose(id)) : null,
    record_version: at.row.version,
    note: wish.note || null,
    asked_by: actor.userId,
    asked_name: nameOf(actor),
    asked_owner: actor.ownerId,
    asked_at: now,
  }
  const [flow] = await sql<Flow[]>`
    with made as (insert into flow ${sql(row)} on conflict do nothing returning *) select ${flowColumns(sql)} from made f`
  if (!flow) throw new Failure(409, 'already-running', '这条记录已有同样的审批在进行')
  await openStep(sql, flow, await titleAt(sql, at.kind, at.row.id), now)
  return flow
}

async function endFlow(sql: ISql, flow: Flow, state: Flow['state'], outcome: string | null, now: Date): Promise<void> {
  await sql`update flow set state = ${state}, outcome = ${outcome}, ended_at = ${now} where id = ${flow.id}`
  const words = { approved: '已通过', refused: '未通过', failed: '通过了但没有生效', withdrawn: '已撤回', running: '' }
  if (state !== 'withdrawn')
    await tell(
      sql,
      [flow.askedBy],
      {
        topic: 'flow',
        level: state === 'approved' ? 'info' : 'warn',
        title: `您发起的“${flow.title}”${words[state]}`,
        detail: outcome,
        kind: flow.kind,
        recordId: flow.recordId,
        key: `flow ${flow.id} ended`,
      },
      now,
    )
}

/** Takes the step that the flow was about, in the asker's name; what stands against it now leaves the record as it is. */
async function carryOut(
  tx: TransactionSql,
  sql: Sql,
  { kinds, keyring }: Desk,
  flow: Flow,
  now: Date,
): Promise<string | undefined> {
  const kind = kinds.get(flow.kind)
  const asker = await accountActor(sql, flow.askedBy, now)
  if (!kind || !asker) return '发起人的账号已停用'
  try {
    await tx.savepoint((inner) =>
      openStore(inner, kinds, asker, now, keyring).transition(kind, flow.recordId, flow.act ?? '', {
        ...(flow.input ? JSON.parse(keyring.open(flow.input, inputPurpose(flow.id)).toString('utf8')) : {}),
        version: flow.recordVersion,
      }),
    )
    return undefined
  } catch (error) {
    if (error instanceof Failure)
      return error.code === 'version-conflict' ? '审批期间这条记录被修改过，请核对后重新发起' : error.text
    throw error
  }
}

/** Whether everybody whose word the step needs has given it. */
async function isComplete(sql: ISql, flow: Flow, step: FlowStep): Promise<boolean> {
  if (step.how === 'any') return true
  return (await openSources(sql, flow)).length === 0
}

async function advance(
  tx: TransactionSql,
  sql: Sql,
  desk: Desk,
  flow: Flow,
  allow: boolean,
  by: string,
  remark: string,
  now: Date,
) {
  const step = flow.steps[flow.atStep] as FlowStep
  const kind = desk.kinds.get(flow.kind) as Kind
  const goTo = async (atStep: number) => {
    const sources = await openSources(tx, flow)
    await closeTasks(tx, sources, { state: 'cancelled', name: by, answer: '审批已进到另一步' }, now)
    const next = { ...flow, atStep, turn: flow.turn + 1 }
    await tx`update flow set at_step = ${atStep}, turn = ${next.turn} where id = ${flow.id}`
    await openStep(tx, next, await titleAt(tx, kind, flow.recordId), now)
    return 'running' as const
  }
  if (!allow) {
    if (step.onRefusal === 'back' && flow.atStep > 0) return goTo(flow.atStep - 1)
    await closeTasks(tx, await openSources(tx, flow), { state: 'cancelled', name: by, answer: '审批未通过' }, now)
    await endFlow(tx, flow, 'refused', `${step.title}：${by}不同意${remark ? `，${remark}` : ''}`, now)
    return 'refused' as const
  }
  if (!(await isComplete(tx, flow, step))) return 'running' as const
  if (flow.atStep + 1 < flow.steps.length) return goTo(flow.atStep + 1)
  const against = flow.act ? await carryOut(tx, sql, desk, flow, now) : undefined
  await endFlow(tx, flow, against ? 'failed' : 'approved', against ?? null, now)
  return against ? ('failed' as const) : ('approved' as const)
}

/** One decision: signed in, never by the asker's hand, once for each pair of eyes. Returns where the flow stands now. */
export function decideFlow(
  sql: Sql,
  desk: Desk,
  actor: Actor,
  id: string,
  decision: { allow: boolean; remark: string },
  now: Date,
): Promise<{ flow: Flow; state: Flow['state'] }> {
  return sql.begin(async (tx) => {
    const [flow] = isId(id) ? await tx<Flow[]>`select ${flowColumns(tx)} from flow f where f.id = ${id} for update` : []
    if (!flow) throw notFound('这项审批')
    const step = flow.steps[flow.atStep] as FlowStep
    const { accounts } = await deciders(tx, flow, step)
    const hand = actor.deputy ?? { userId: actor.userId, name: actor.name }
    const asked = actor.userId === flow.askedBy || hand.userId === flow.askedBy
    if (!accounts.includes(actor.userId) && !asked) throw notFound('这项审批')
    if (asked) throw forbidden('自己发起的事项须由别人审批')
    if (flow.state !== 'running') throw new Failure(409, 'already-decided', '这项审批已经结束')
    if (!decision.allow && decision.remark === '')
      throw invalid([{ code: 'missing', text: '不同意时请写明理由', at: '/remark' }])
    const [made] = await tx`
      insert into flow_decision (flow_id, turn, step, account_id, name, owner_title, hand_id, hand_name, allow, remark, at)
      values (${flow.id}, ${flow.turn}, ${flow.atStep}, ${actor.userId}, ${actor.name}, ${actor.ownerTitle}, ${hand.userId},
        ${actor.deputy?.name ?? null}, ${decision.allow}, ${decision.remark || null}, ${now})
      on conflict do nothing returning flow_id`
    if (!made) throw new Failure(409, 'already-decided', '这一步您已经审批过')
    const sources = step.how === 'any' ? [sourceOf(flow)] : [sourceOf(flow, actor.userId)]
    const answer = `${decision.allow ? '同意' : '不同意'}${decision.remark ? `：${decision.remark}` : ''}`
    await closeTasks(tx, sources, { state: 'done', name: nameOf(actor), answer }, now)
    const state = await advance(tx, sql, desk, flow, decision.allow, nameOf(actor), decision.remark, now)
    return { flow, state }
  }) as Promise<{ flow: Flow; state: Flow['state'] }>
}

/** Takes one's own flow back while it runs: the record is as it was. */
export function withdrawFlow(sql: Sql, actor: Actor, id: string, now: Date): Promise<Flow> {
  return sql.begin(async (tx) => {
    const [flow] = isId(id)
      ? await tx<
          Flow[]
        >`select ${flowColumns(tx)} from flow f where f.id = ${id} and f.asked_by = ${actor.userId} for update`
      : []
    if (!flow) throw notFound('您发起的这项审批')
    if (flow.state !== 'running') throw new Failure(409, 'already-decided', '这项审批已经结束')
    await closeTasks(
      tx,
      await openSources(tx, flow),
      { state: 'cancelled', name: nameOf(actor), answer: '发起人已撤回' },
      now,
    )
    await endFlow(tx, flow, 'withdrawn', null, now)
    return flow
  }) as Promise<Flow>
}
