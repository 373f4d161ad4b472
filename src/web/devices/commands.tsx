import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Offered, Sent } from '../../areas/devices/operations/wire.ts'
import { call, Refusal } from '../shell/api.ts'
import { spokenMinute } from '../shell/time.ts'

const states: Readonly<Record<Sent['state'], { word: string; tone: string }>> = {
  waiting: { word: '等设备上线', tone: 'unknown' },
  sent: { word: '已发出', tone: 'info' },
  done: { word: '已执行', tone: 'good' },
  refused: { word: '设备拒绝', tone: 'bad' },
  'timed-out': { word: '超时', tone: 'warn' },
}

/** What the device can be told, and what it was told: a dangerous command asks once more. */
export function Commands({
  device,
  offered,
  sent,
  may,
}: {
  device: string
  offered: readonly Offered[]
  sent: readonly Sent[]
  may: boolean
}) {
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Offered>()
  const [value, setValue] = useState('')
  const [refused, setRefused] = useState('')
  const send = async (command: Offered, sure: boolean) => {
    setRefused('')
    const body = {
      device,
      command: command.code,
      ...(command.parameters?.length ? { value: Number(value) } : {}),
      ...(sure && command.dangerous ? { sure: 'yes' } : {}),
    }
    try {
      await call('POST', '/api/v1/operations/send-command', body)
      setAsked(undefined)
      setValue('')
      await queries.invalidateQueries({ queryKey: ['device', device] })
    } catch (error) {
      setRefused(error instanceof Refusal ? error.message : '没有发出去，请再试')
    }
  }
  const press = (command: Offered) =>
    command.dangerous || command.parameters?.length ? setAsked(command) : send(command, false)
  const [parameter] = asked?.parameters ?? []
  return (
    <section className="devicecommands">
      <h3>指令</h3>
      {may && (
        <div className="choices noprint">
          {offered.map((each) => (
            <button key={each.code} type="button" className="button small" onClick={() => press(each)}>
              {each.title}
            </button>
          ))}
        </div>
      )}
      {asked && (
        <div className={asked.dangerous ? 'note bad' : 'note'}>
          <b>{asked.dangerous ? `${asked.title}：请先确认现场安全` : asked.title}</b>
          {parameter && (
            <label>
              {parameter.title}
              <input
                className="in"
                inputMode="decimal"
                value={value}
                onChange={(event) => setValue(event.target.value)}
              />
            </label>
          )}
          <button type="button" className="button small" onClick={() => send(asked, true)}>
            下发
          </button>
          <button type="button" className="button small plain" onClick={() => setAsked(undefined)}>
            取消
          </button>
        </div>
      )}
      {refused && <p className="note bad">{refused}</p>}
      {sent.length === 0 ? (
        <p className="quiet">还没有下发过指令</p>
      ) : (
        <ul className="lines">
          {sent.slice(0, 6).map((each) => (
            <li key={each.id}>
              <span className={`tag ${states[each.state].tone}`}>{states[each.state].word}</span>
              {offered.find((one) => one.code === each.name)?.title ?? each.name}
              <small>
                {spokenMinute(each.createdAt)} {each.createdBy} {each.answer}
              </small>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
