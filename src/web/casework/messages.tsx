import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Tone } from '../../language/fields/choice.ts'
import { AskBox } from '../access/form.tsx'
import { call, read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { navigate, useRoute } from '../shell/router.tsx'
import { ageOf, countOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { SubscribeBox } from './subscribe-box.tsx'
import './casework.css'
import '../home/home.css'

type Message = {
  id: string
  topic: 'task' | 'flow' | 'mention' | 'overdue' | 'subscription' | 'report' | 'data' | 'bulletin'
  level: 'bad' | 'warn' | 'info'
  title: string
  detail: string | null
  kind: string
  recordId: string
  at: string
  readAt: string | null
}
type Subscription = {
  id: string
  title: string
  what: 'notice' | 'record'
  kind: string | null
  level: string | null
  region: string | null
  subjectTitle: string | null
  filter: Record<string, string>
  channels: string[]
}
type Channel = { name: string; title: string; contact: string; isOn: boolean; shown: string | null; confirmed: boolean }
type Settings = { channels: Channel[]; wish: string[]; subscriptions: Subscription[] }

const topics: Readonly<Record<Message['topic'], readonly [Tone, string]>> = {
  task: ['info', '待办'],
  flow: ['info', '审批'],
  mention: ['info', '提到您'],
  overdue: ['bad', '超期'],
  subscription: ['unknown', '订阅'],
  report: ['info', '报告'],
  data: ['warn', '数据'],
  bulletin: ['info', '公告'],
}

/** Where a message leads. */
function placeOf({ topic, kind, recordId }: Message): string {
  if (topic === 'report') return path.desk('reports', { id: recordId })
  if (topic === 'bulletin') return path.operation('list-announcements', { id: recordId })
  return topic === 'data' ? path.desk('quarantine') : path.record(kind, recordId)
}

function Inbox() {
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['messages'],
    queryFn: () =>
      read<{ items: Message[]; next: string | null; unread: number }>('/api/v1/messages', { limit: '100' }),
    refetchInterval: 30_000,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const mark = async (body: object) => {
    await call('POST', '/api/v1/messages/read', body)
    client.invalidateQueries({ queryKey: ['messages'] })
    client.invalidateQueries({ queryKey: ['home'] })
  }
  return (
    <section className="card">
      <h2>
        {data.unread > 0 ? `${countOf(data.unread)} 条未读` : '都看过了'}
        {data.unread > 0 && (
          <button type="button" className="button plain small" onClick={() => mark({ all: true })}>
            全部标为已读
          </button>
        )}
      </h2>
      {data.items.length === 0 ? (
        <Empty title="还没有消息">
          <p>交办、审批、提到您和您订阅的事会告诉您。</p>
        </Empty>
      ) : (
        <ul className="inbox">
          {data.items.map((message) => (
            <li key={message.id} className={message.readAt ? 'read' : ''}>
              <button
                type="button"
                onClick={() => {
                  if (!message.readAt) mark({ ids: [message.id] })
                  navigate(placeOf(message))
                }}
              >
                <Tag tone={message.level === 'bad' ? 'bad' : topics[message.topic][0]}>{topics[message.topic][1]}</Tag>
                <span>
                  {message.title}
                  {message.detail && <small>{message.detail}</small>}
                </span>
                <time dateTime={message.at} title={spokenMinute(message.at)}>
                  {ageOf(message.at)}
                </time>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Where one is reached outside, and for what. */
function Reached({ settings, again }: { settings: Settings; again(): void }) {
  const [asking, setAsking] = useState<Channel>()
  const { query } = useRoute()
  const [confirming, setConfirming] = useState(query.confirm !== undefined)
  const [wish, setWish] = useState(settings.wish)
  const toggle = async (name: string) => {
    const channels = wish.includes(name) ? wish.filter((each) => each !== name) : [...wish, name]
    setWish(channels)
    try {
      await call('PUT', '/api/v1/me/message-wish', { channels })
    } catch (error) {
      setWish(wish)
      say(error instanceof Error ? error.message : '没有办成，请重试')
    }
    again()
  }
  return (
    <section className="card">
      <h2>还通过什么告诉我</h2>
      <ul className="besides">
        {settings.channels.map((channel) => (
          <li key={channel.name}>
            <span>
              {channel.title}
              <small>
                {!channel.isOn ? '系统还没有开通' : (channel.shown ?? `还没有留${channel.contact}`)}
                {channel.shown && !channel.confirmed && '（还没有确认，暂不发送）'}
              </small>
            </span>
            <span className="rowacts">
              {channel.isOn && channel.shown && !channel.confirmed && (
                <button type="button" className="button plain small" onClick={() => setConfirming(true)}>
                  输入确认码
                </button>
              )}
              {channel.isOn && channel.shown && channel.confirmed && (
                <label className="ticked">
                  <input type="checkbox" checked={wish.includes(channel.name)} onChange={() => toggle(channel.name)} />{' '}
                  待办和审批
                </label>
              )}
              {channel.isOn && (
                <button type="button" className="button plain small" onClick={() => setAsking(channel)}>
                  {channel.shown ? '更换' : `留${channel.contact}`}
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {confirming && (
        <AskBox
          title="确认邮箱"
          act="确认"
          fields={[{ name: 'code', title: '确认码', value: query.confirm, help: '在发到您邮箱的信里，只能用一次' }]}
          onClose={() => setConfirming(false)}
          submit={async ({ code }) => {
            await call('POST', '/api/v1/me/contacts/email/confirm', { code })
            setConfirming(false)
            say('邮箱已确认')
            again()
          }}
        />
      )}
      {asking && (
        <AskBox
          title={asking.contact}
          act="保存"
          fields={[{ name: 'address', title: asking.contact, help: '加密保存，只用来给您发消息' }]}
          onClose={() => setAsking(undefined)}
          submit={async ({ address }) => {
            await call('PUT', `/api/v1/me/contacts/${asking.name}`, { address })
            setAsking(undefined)
            again()
          }}
        />
      )}
    </section>
  )
}

function Subscriptions({ settings, again }: { settings: Settings; again(): void }) {
  const { kinds, regions } = useCatalogue()
  const [asking, setAsking] = useState(false)
  const readable = kinds.filter((kind) => kind.verbs.includes('read'))
  const usable = settings.channels.filter((channel) => channel.isOn && channel.confirmed)
  const valuesOf = (each: Subscription): string[] => {
    const kind = readable.find(({ name }) => name === each.kind)
    return Object.entries(each.filter).map(([name, value]) => {
      const field = kind?.fields[name]
      return field?.type === 'choice' ? (field.options[value] ?? value) : value
    })
  }
  const saidOf = (each: Subscription): string =>
    [
      each.what === 'notice' ? '提醒' : '登记和修改',
      each.kind && readable.find((kind) => kind.name === each.kind)?.title,
      each.region && regions.find((region) => region.code === each.region)?.title,
      each.subjectTitle,
      ...valuesOf(each),
      each.level === 'bad' && '只要严重的',
      ...each.channels.map((name) => settings.channels.find((channel) => channel.name === name)?.title),
    ]
      .filter(Boolean)
      .join(' · ')
  return (
    <section className="card">
      <h2>
        我的订阅
        <button type="button" className="button plain small" onClick={() => setAsking(true)}>
          新订阅
        </button>
      </h2>
      {settings.subscriptions.length === 0 && <p className="sub quiet">订阅一类记录或提醒，有了新的就告诉您。</p>}
      <ul className="besides">
        {settings.subscriptions.map((each) => (
          <li key={each.id}>
            <span>
              {each.title}
              <small>{saidOf(each)}</small>
            </span>
            <button
              type="button"
              className="button plain small"
              onClick={async () => {
                await call('POST', `/api/v1/subscriptions/${each.id}/end`)
                say(`已退订：${each.title}`)
                again()
              }}
            >
              退订
            </button>
          </li>
        ))}
      </ul>
      {asking && (
        <SubscribeBox
          channels={usable.map((channel) => ({ value: channel.name, title: channel.title }))}
          onClose={() => {
            setAsking(false)
            again()
          }}
        />
      )}
    </section>
  )
}

/** 消息: what one was told, one's subscriptions, and where one is reached outside. */
export default function Messages() {
  const { data, refetch } = useQuery({
    queryKey: ['message-settings'],
    queryFn: () => read<Settings>('/api/v1/message-settings'),
    retry: false,
  })
  return (
    <>
      <Head title="消息" sub="交办、审批、提到您和您订阅的事。" />
      <div className="homegrid">
        <div>
          <Inbox />
        </div>
        {data && (
          <div>
            <Subscriptions settings={data} again={refetch} />
            <Reached settings={data} again={refetch} />
          </div>
        )}
      </div>
    </>
  )
}
