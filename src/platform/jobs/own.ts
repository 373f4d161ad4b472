import { join } from 'node:path'
import { archiveDay, coldDays, rollUp } from '../../telemetry/index.ts'
import { forgetOldAttempts } from '../access/guard.ts'
import { gatherWrites, sealAudit } from '../audit/gather.ts'
import { watchAudit } from '../audit/watch.ts'
import { eventSource } from '../define/ground.ts'
import type { Pace } from '../feed/pace.ts'
import type { House } from '../http/house.ts'
import { refreshIndicators } from '../indicators/sums.ts'
import { handIn } from '../ledger/consortium.ts'
import { sealLedger, witnessLedger } from '../ledger/ledger.ts'
import { rewrapPersons } from '../protect/persons.ts'
import { sealHistory } from '../protect/seal-history.ts'
import { sealRows } from '../protect/seal-rows.ts'
import { clearJob } from '../quarantine/clear.ts'
import { reviewAll } from '../review/run.ts'
import { makeMonths } from '../store/months.ts'
import type { Job } from './job.ts'
import { noteMissed } from './missed.ts'
import { rewrapSecrets } from './rewrap-secrets.ts'
import type { Schedule } from './schedule.ts'

const every = (everySeconds: number): Schedule => ({ everySeconds })

/** Counts as nothing done: the work itself does not say how much it did. */
const silent = async (work: PromiseLike<unknown>): Promise<undefined> => void (await work)

/** Raw readings stay in the database for a season; then in files, with the roll-ups beside. */
const telemetryDays = 92

const runsKeptMs = 30 * 86_400_000

/** What the platform itself does by the clock. `region` is the city that seals its audit; `pace` holds what may wait. */
export function ownJobs(house: House, region: string, pace: Pace): Job[] {
  const { sql, auditSql, policies, catalogue, ledger, dataDir } = house
  const { consortium } = ledger
  const job = (name: string, title: string, schedule: Schedule, run: Job['run']): Job => ({
    name,
    title,
    schedule,
    run,
  })
  return [
    job('missed-records', '查未按时登记', every(60), ({ now }) => noteMissed(sql, catalogue.kinds, now)),
    job('partitions', '备好历史和审计分区', every(3600), () => silent(makeMonths(sql))),
    job('audit-gather', '汇集审计', every(2), () => gatherWrites(sql, pace)),
    job('audit-watch', '查异常行为', every(60), ({ now }) => watchAudit(auditSql, policies, now)),
    job('audit-seal', '封存审计', every(600), ({ now }) => sealAudit(auditSql, sql, region, now)),
    job('ledger-seal', '存证', every(2), ({ now }) => sealLedger(sql, auditSql, ledger, now, pace)),
    job('ledger-witness', '请见证方签名', every(10), ({ now }) => witnessLedger(sql, auditSql, now)),
    ...(consortium
      ? [job('ledger-consortium', '存证上联盟链', every(2), ({ now }) => handIn(sql, auditSql, consortium, now))]
      : []),
    job('seal-persons', '加密个人信息', every(600), ({ now, progress }) =>
      sealRows(sql, catalogue.kinds.values(), house.keyring, now, progress),
    ),
    job('rewrap-persons', '用新密钥保护个人信息', every(600), ({ progress }) =>
      rewrapPersons(sql, house.keyring, progress),
    ),
    job('rewrap-secrets', '用新密钥保护其他密钥', every(600), () => rewrapSecrets(sql, house.keyring)),
    job('seal-history', '加密历史里的个人信息', { at: '03:30' }, (run) =>
      sealHistory({ sql, keyring: house.keyring, kinds: catalogue.kinds }, region, run),
    ),
    job('trading-partners', '汇集贸易伙伴', every(30), () => silent(sql`select gather_trading_partners()`)),
    job('sign-in-attempts', '清理登录尝试', every(3600), ({ now }) => silent(forgetOldAttempts(sql, now))),
    job('indicators', '计算指标', every(5), ({ now }) =>
      refreshIndicators(sql, catalogue.kinds, eventSource.name, now),
    ),
    job('review-all', '按审核规则复查全部记录', { at: '02:20' }, async ({ now }) =>
      (await reviewAll(sql, catalogue.kinds, now)).reduce((sum, { found, mended }) => sum + found + mended, 0),
    ),
    clearJob(sql),
    job('telemetry-days', '备好遥测分区', every(3600), () => silent(sql`select make_telemetry_days(now(), 3)`)),
    job('telemetry-roll-up', '汇总遥测', every(20), ({ now }) => rollUp(sql, now)),
    job('telemetry-archive', '归档冷遥测', { at: '02:40' }, async ({ now }) => {
      const days = await coldDays(sql, now, telemetryDays)
      for (const day of days) await archiveDay(sql, day, join(dataDir, 'telemetry'), now)
      return days.length
    }),
    job('forget-runs', '清理任务历史', { at: '03:10' }, async ({ now }) => {
      const old = new Date(now.getTime() - runsKeptMs)
      return (await sql`delete from job_run where started_at < ${old} and state <> 'running'`).count
    }),
  ]
}
