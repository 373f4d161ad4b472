import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Tone } from '../../language/fields/choice.ts'
import type { Fields } from '../../language/fields/index.ts'
import { AskBox, type AskField } from '../access/form.tsx'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { RowAct, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import './casework.css'

type Channel = {
  name: string
  title: string
  fields: Fields
  isOn: boolean
  config: Record<string, unknown>
  hasSecret: boolean
  version: number
}
type Delivery = {
  id: string
  channel: string
  state: 'waiting' | 'sending' | 'sent' | 'given-up' | 'unsure'
  tries: number
  error: string | null
  at: string
  title: string
  name: string
}

const states: Readonly<Record<Delivery['state'], readonly [Tone, string]>> = {
  waiting: ['info', '等待发送'],
  sending: ['info', '发送中'],
  sent: ['good', '已发出'],
  'given-up': ['bad', '没有发出'],
  unsure: ['warn', '不知是否送达'],
}

/** A declared field as one of the short form. */
function asked(name: string, fields: Fields, config: Record<string, unknown>): AskField {
  const field = fields[name] as Fields[string]
  const value = config[name] === undefined || config[name] === null ? undefined : String(config[name])
  const base = { name, title: field.title, help: field.help, value }
  if (field.type === 'choice')
    return {
      ...base,
      type: 'select',
      options: Object.entries(field.options).map(([each, title]) => ({ value: each, title })),
    }
  if (field.type === 'text' && field.multiline) return { ...base, type: 'area' }
  return { ...base, type: field.type === 'number' ? 'number' : 'text' }
}

function Settings({ channel, onClose }: { channel: Channel; onClose(): void }) {
  const { fields, config } = channel
  return (
    <AskBox
      title={channel.title}
      act="保存"
      fields={[
        ...Object.keys(fields).map((name) => asked(name, fields, config)),
        {
          name: 'secret',
          title: '密码或密钥',
          type: 'password',
          help: channel.hasSecret ? '已加密保存；空着表示不变' : '加密保存，不再显示',
        },
        {
          name: 'isOn',
          title: '启用',
          type: 'select',
          value: channel.isOn ? 'yes' : 'no',
          options: [
            { value: 'yes', title: '启用' },
            { value: 'no', title: '停用' },
          ],
        },
      ]}
      onClose={onClose}
      submit={async ({ secret, isOn, ...values }) => {
        const filled = Object.entries(values).flatMap(([name, value]) => {
          if (value === '') return []
          return [[name, fields[name]?.type === 'number' ? Number(value) : value] as const]
        })
        await call('PUT', `/api/v1/message-channels/${channel.name}`, {
          version: channel.version,
          isOn: isOn === 'yes',
          config: Object.fromEntries(filled),
          ...(secret ? { secret } : {}),
        })
        say('已保存')
        onClose()
      }}
    />
  )
}

/** The ways out of the house, and what was sent through them. */
export default function Channels() {
  const { data, error, refetch } = useQuery({
    queryKey: ['message-channels'],
    queryFn: () => read<{ items: Channel[]; deliveries: Delivery[] }>('/api/v1/message-channels'),
    refetchInterval: 10_000,
  })
  const [editing, setEditing] = useState<Channel>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const on = data.items.filter((channel) => channel.isOn)
  return (
    <>
      <Head
        title={on.length > 0 ? `已启用${on.map((channel) => channel.title).join('、')}` : '消息现在只在系统里'}
        sub="系统里的消息总在；开通以后，各人可以另选邮件、短信或微信。发不出去的会越来越慢地重试，一天后放弃。"
      />
      <div className="stack">
        <Rows
          title="渠道"
          items={data.items}
          keyOf={({ name }) => name}
          columns={[
            {
              title: '渠道',
              of: ({ title, config }) => (
                <>
                  {title}
                  <small>{String(config.host ?? config.url ?? '还没有设置')}</small>
                </>
              ),
            },
            {
              title: '状态',
              of: ({ isOn }) => <Tag tone={isOn ? 'good' : 'unknown'}>{isOn ? '启用' : '停用'}</Tag>,
            },
          ]}
          acts={(channel) => (
            <RowAct solid onClick={() => setEditing(channel)}>
              设置
            </RowAct>
          )}
        />
        <Rows
          title="发送记录"
          items={data.deliveries}
          keyOf={({ id }) => id}
          columns={[
            {
              title: '消息',
              of: (each) => (
                <>
                  {each.title}
                  <small>
                    {data.items.find((channel) => channel.name === each.channel)?.title} · {each.name}
                  </small>
                </>
              ),
            },
            { title: '时间', as: 'short', of: ({ at }) => minuteOf(at).slice(5) },
            {
              title: '结果',
              of: ({ state, tries, error: why }) => (
                <>
                  <Tag tone={states[state][0]}>{states[state][1]}</Tag>
                  <small>
                    {tries > 1 && `试了 ${tries} 次 `}
                    {why}
                  </small>
                </>
              ),
            },
          ]}
          acts={({ id, state }) =>
            (state === 'given-up' || state === 'unsure') && (
              <RowAct
                onClick={async () => {
                  await call('POST', `/api/v1/message-deliveries/${id}/retry`)
                  refetch()
                }}
              >
                重发
              </RowAct>
            )
          }
          empty="还没有发出过"
          hint="启用一个渠道，并有人在“消息”里选了它以后，发出的每一条列在这里。"
        />
      </div>
      {editing && (
        <Settings
          channel={editing}
          onClose={() => {
            setEditing(undefined)
            refetch()
          }}
        />
      )}
    </>
  )
}
