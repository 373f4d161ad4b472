import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { AskBox } from '../access/form.tsx'
import { call, Refusal, read } from '../shell/api.ts'
import { dayAfter } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'

type Day = { day: string; rest: boolean; title: string }
type Answer = { years: { year: number; source: string; mark: string; enteredBy: string }[]; days: Day[] }

const spoken = (day: string): string => `${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`

/** Days in a row with one name, as people read them: 春节 2月15日至23日. */
function runsOf(days: readonly Day[]): { title: string; said: string }[] {
  const runs: { first: string; last: string; title: string }[] = []
  for (const { day, title } of days) {
    const last = runs.at(-1)
    if (last && last.title === title && dayAfter(last.last, 1) === day) last.last = day
    else runs.push({ first: day, last: day, title })
  }
  return runs.map(({ first, last, title }) => {
    const end = last.slice(0, 7) === first.slice(0, 7) ? `${Number(last.slice(8))}日` : spoken(last)
    return { title, said: first === last ? spoken(first) : `${spoken(first)}至${end}` }
  })
}

/** Lines such as `2027-01-01 至 2027-01-03 元旦` or `2027-02-06 上班 春节调休`. */
function readDays(text: string): Day[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .flatMap((line, index) => {
      const [, first = '', last = first, work, title] =
        /^(\d{4}-\d{2}-\d{2})(?:\s*(?:至|-|—|~)\s*(\d{4}-\d{2}-\d{2}))?\s+(上班\s+)?(\S.*)$/.exec(line) ?? []
      if (!first || !title || last < first)
        throw new Refusal(422, {
          detail: '有一行看不懂',
          problems: [{ code: 'wrong-format', text: `第 ${index + 1} 行看不懂：${line}`, at: '/days' }],
        })
      const days: Day[] = []
      for (let day = first; day <= last && days.length < 60; day = dayAfter(day, 1))
        days.push({ day, rest: !work, title })
      return days
    })
}

/** 节假日 by year, and what to do about a year that is not there. */
export function Calendar({ mayAsk }: { mayAsk: boolean }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['calendar'],
    queryFn: () => read<Answer>('/api/v1/calendar'),
  })
  const [entering, setEntering] = useState(false)
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={2} />
  const next = Math.max(...data.years.map((each) => each.year)) + 1
  const newest = data.years.slice(0, 2)
  return (
    <section className="card">
      <h2>
        工作日历
        {mayAsk && (
          <button type="button" className="button small" onClick={() => setEntering(true)}>
            录入 {next} 年节假日
          </button>
        )}
      </h2>
      <p className="note warn calendarnote">
        <b>{next} 年节假日未录入</b>跨到那一年的工作日期限暂不能确定，系统会照实说明。
      </p>
      <dl className="facts figures">
        {newest.map(({ year, source }) => {
          const own = data.days.filter((each) => each.day.startsWith(String(year)))
          return (
            <div key={year} className="whole">
              <dt>{year} 年</dt>
              <dd>
                <ul className="holidays">
                  {runsOf(own.filter((each) => each.rest)).map(({ title, said }) => (
                    <li key={said}>
                      <b>{title}</b> {said}
                    </li>
                  ))}
                </ul>
                <small className="muted">
                  调休上班：
                  {own
                    .filter((each) => !each.rest)
                    .map((each) => spoken(each.day))
                    .join('、') || '没有'}
                  。依据：{source}
                </small>
              </dd>
            </div>
          )
        })}
      </dl>
      {entering && (
        <AskBox
          title={`录入 ${next} 年节假日`}
          act="申请"
          fields={[
            { name: 'source', title: '依据', value: `国务院办公厅关于 ${next} 年部分节假日安排的通知` },
            {
              name: 'days',
              title: '放假和调休，每行一段',
              type: 'area',
              help: `如“${next}-01-01 至 ${next}-01-03 元旦”；调休写“${next}-02-06 上班 春节调休”`,
            },
            { name: 'reason', title: '原因', type: 'area', value: '国务院办公厅已公布' },
          ]}
          onClose={() => setEntering(false)}
          submit={async ({ source, days, reason }) => {
            const year = { year: next, source, reason, days: readDays(days ?? '') }
            await call('POST', '/api/v1/calendar/years', year)
            setEntering(false)
            say('已申请，等另一位管理员批准')
            refetch()
          }}
        />
      )}
    </section>
  )
}
