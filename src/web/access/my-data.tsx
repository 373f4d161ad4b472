import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { RowAct, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'

type Held = {
  kind: string
  kindTitle: string
  id: string
  recordedAt: string
  fields: string[]
  consents: { purpose: string }[]
}
type Asked = {
  id: string
  kind: string | null
  recordId: string | null
  wish: keyof typeof wishes
  words: string
  askedAt: string
  askedName?: string
  answeredAt?: string | null
  answeredBy?: string | null
  answer?: string | null
}
type Answer = {
  account: {
    login: string
    name: string
    ownerTitle: string
    createdAt: string
    passwordChangedAt: string | null
    factors: number
    sessions: number
    signingKeys: number
  }
  contacts: { channel: string; shown: string }[]
  records: Held[]
  asked: Asked[]
  waiting: Asked[]
}

const wishes = { correct: '更正', withdraw: '撤回同意', erase: '删除', copy: '要一份副本' } as const
const purposes: Readonly<Record<string, string>> = { face: '人脸', health: '健康信息', minor: '未成年人信息' }
const channels: Readonly<Record<string, string>> = { email: '邮箱', sms: '手机短信', wechat: '微信' }

function Account({ account, contacts }: Answer) {
  const facts: [string, string][] = [
    ['姓名', account.name],
    ['用户名', account.login],
    ['单位', account.ownerTitle],
    ['开通', minuteOf(account.createdAt)],
    ['改过密码', account.passwordChangedAt ? minuteOf(account.passwordChangedAt) : '没有'],
    ...contacts.map(({ channel, shown }): [string, string] => [channels[channel] ?? channel, shown]),
    ['第二验证', `${account.factors} 种`],
    ['签名密钥', `${account.signingKeys} 把`],
    ['正在登录', `${account.sessions} 处`],
  ]
  return (
    <section className="card">
      <header>
        <h2>账号</h2>
        <Link className="button small" to={path.desk('me')}>
          登录安全
        </Link>
      </header>
      <table className="changes">
        <tbody>
          {facts.map(([name, said]) => (
            <tr key={name}>
              <td>{name}</td>
              <td>{said}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Records({ records, onAsk }: { records: Held[]; onAsk(of: Held): void }) {
  return (
    <Rows
      title="写有您姓名的记录"
      empty="本单位没有写有您姓名的记录"
      items={records}
      keyOf={({ id }) => id}
      columns={[
        {
          title: '记录',
          of: (held) => (
            <>
              {held.kindTitle}
              <small>{held.fields.join('、')}</small>
            </>
          ),
        },
        { title: '登记', of: ({ recordedAt }) => minuteOf(recordedAt), as: 'short' },
        {
          title: '同意',
          of: ({ consents }) =>
            consents.length === 0
              ? '—'
              : consents.map(({ purpose }) => (
                  <Tag key={purpose} tone="info">
                    已同意：{purposes[purpose] ?? purpose}
                  </Tag>
                )),
        },
      ]}
      acts={(held) => <RowAct onClick={() => onAsk(held)}>提出请求</RowAct>}
      foot={<p className="sub padded">同名的人也会列在这里。登记单位会先核实是不是您本人，再办理。</p>}
    />
  )
}

function Requests({ title, items, onAnswer }: { title: string; items: Asked[]; onAnswer?: (of: Asked) => void }) {
  if (items.length === 0) return null
  return (
    <Rows
      title={title}
      items={items}
      keyOf={({ id }) => id}
      columns={[
        {
          title: '要求',
          of: (each) => (
            <>
              {wishes[each.wish]}
              <small>{minuteOf(each.askedAt)}</small>
            </>
          ),
          as: 'short',
        },
        {
          title: '说明',
          of: (each) => (
            <>
              {each.askedName && <b>{each.askedName}：</b>}
              {each.words}
              {each.answer && (
                <small>
                  {each.answeredBy} 答复：{each.answer}
                </small>
              )}
            </>
          ),
        },
      ]}
      acts={(each) => (
        <>
          {onAnswer && each.kind && each.recordId && (
            <Link className="button plain small" to={path.record(each.kind, each.recordId)}>
              看记录
            </Link>
          )}
          {onAnswer ? (
            <RowAct solid onClick={() => onAnswer(each)}>
              答复
            </RowAct>
          ) : (
            <Tag tone={each.answeredAt ? 'good' : 'warn'}>{each.answeredAt ? '已答复' : '待答复'}</Tag>
          )}
        </>
      )}
    />
  )
}

/** What the platform holds about whoever is signed in, and what one may ask of its keeper. */
export default function MyData() {
  const { data, error, refetch } = useQuery({ queryKey: ['my-data'], queryFn: () => read<Answer>('/api/v1/me/data') })
  const [asking, setAsking] = useState<Held | 'account'>()
  const [answering, setAnswering] = useState<Asked>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  return (
    <>
      <Head title="我的个人信息" sub="平台里有哪些您的信息；可以要求更正、撤回同意、删除，或要一份副本。">
        <button type="button" className="button primary" onClick={() => setAsking('account')}>
          提出请求
        </button>
      </Head>
      <div className="stack">
        <Requests title="等本单位答复" items={data.waiting} onAnswer={setAnswering} />
        <Account {...data} />
        <Records records={data.records} onAsk={setAsking} />
        <Requests title="我提出的请求" items={data.asked} />
      </div>
      {asking && (
        <AskBox
          title={asking === 'account' ? '关于我的账号' : `关于：${asking.kindTitle}`}
          act="提交"
          onClose={() => setAsking(undefined)}
          fields={[
            {
              name: 'wish',
              title: '要求',
              type: 'select',
              options: Object.entries(wishes).map(([value, title]) => ({ value, title })),
            },
            { name: 'words', title: '说明', type: 'area', help: '例如：手机号已换成 139…' },
          ]}
          submit={async (values) => {
            const of = asking === 'account' ? {} : { kind: asking.kind, recordId: asking.id }
            await call('POST', '/api/v1/me/data/requests', { ...values, ...of })
            setAsking(undefined)
            say('已提交，登记单位会答复您')
            refetch()
          }}
        />
      )}
      {answering && (
        <AskBox
          title={`答复：${answering.askedName}`}
          act="答复"
          onClose={() => setAnswering(undefined)}
          fields={[{ name: 'answer', title: '怎样办理', type: 'area', help: '先核实是不是本人' }]}
          submit={async (values) => {
            await call('POST', `/api/v1/own-data-requests/${answering.id}/answer`, values)
            setAnswering(undefined)
            refetch()
          }}
        />
      )}
    </>
  )
}
