import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { useSession } from '../shell/session.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'

type Key = {
  name: string
  suite: string
  madeAt: string
  isCurrent: boolean
  sealsFrom: string | null
  persons: number
  /** Seeds of authenticators, secrets of systems and channels, addresses. */
  secrets: number
}
type Answer = {
  keys: Key[]
  wrappedBy: string | null
  history: {
    clear: { kind: string; title: string; versions: number }[]
    sealed: number
    allowed: { askedName: string; decidedName: string; decidedAt: string } | null
    run: { done: number; total: number | null; note: string | null; state: string } | null
  }
}

const suites: Readonly<Record<string, string>> = { 'aes-256-gcm': 'AES-256-GCM', 'sm4-ctr-sm3': 'SM4 + SM3（国密）' }

function History({ history, onAsk }: { history: Answer['history']; onAsk?: () => void }) {
  const left = history.clear.reduce((sum, { versions }) => sum + versions, 0)
  return (
    <section className="card">
      <header>
        <h2>历史里的个人信息</h2>
        {onAsk && left > 0 && (
          <button type="button" className="button small" onClick={onAsk}>
            申请加密
          </button>
        )}
      </header>
      <div className="padded">
        <p>
          <Tag tone={left > 0 ? 'warn' : 'good'}>{left > 0 ? `还有 ${countOf(left)} 个版本是明文` : '没有明文'}</Tag>
          {history.sealed > 0 && (
            <span className="muted"> 后来加密了 {countOf(history.sealed)} 个版本，存证核对相符</span>
          )}
        </p>
        {history.clear.length > 0 && (
          <p className="sub">
            {history.clear.map(({ title, versions }) => `${title} ${countOf(versions)}`).join('，')}
          </p>
        )}
        {history.allowed && (
          <p className="sub">
            {history.allowed.askedName}申请，{history.allowed.decidedName}批准，{minuteOf(history.allowed.decidedAt)}
          </p>
        )}
        {history.run && (
          <p className="sub">
            最近一次：{countOf(history.run.done)}
            {history.run.total !== null && ` / ${countOf(history.run.total)}`} {history.run.note}
          </p>
        )}
      </div>
    </section>
  )
}

/** The key that new serials are reckoned with: the next one is made at once, and what was printed stays genuine. */
function CodeKey() {
  const [asking, setAsking] = useState(false)
  const [made, setMade] = useState<number>()
  return (
    <section className="card">
      <header>
        <h2>追溯码密钥</h2>
        <button type="button" className="button small" onClick={() => setAsking(true)}>
          更换
        </button>
      </header>
      <div className="padded">
        {made !== undefined && (
          <p className="note good" role="status">
            已生成第 {made} 把，五分钟后申领的码用它。
          </p>
        )}
        <p className="sub">新申领的追溯码用最新一把推算；更换后，已经印出去的码照常是真的，不用重印。</p>
      </div>
      {asking && (
        <AskBox
          title="更换追溯码密钥"
          act="更换"
          onClose={() => setAsking(false)}
          fields={[]}
          submit={async () => {
            setMade((await call<{ version: number }>('POST', '/api/v1/code-keys/rotate')).version)
            setAsking(false)
          }}
        />
      )}
    </section>
  )
}

/** The keys that personal data lie under: which seals now, how far persons have followed, and what lies in the clear. */
export default function Keys() {
  const { actor } = useSession()
  const { data, error, refetch } = useQuery({ queryKey: ['keys'], queryFn: () => read<Answer>('/api/v1/keys') })
  const [asking, setAsking] = useState<'rotate' | 'history'>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const mayAsk = actor.role === 'system' || actor.role === 'security'
  const reason = { name: 'reason', title: '原因', type: 'area' } as const
  return (
    <>
      <Head
        title="密钥"
        sub={data.wrappedBy ? `由密钥服务 ${data.wrappedBy} 加密保存` : '保存在密钥文件里，请与数据库分开备份'}
      >
        {mayAsk && (
          <button type="button" className="button primary" onClick={() => setAsking('rotate')}>
            更换密钥
          </button>
        )}
      </Head>
      <div className="stack">
        <Rows
          title="个人信息密钥"
          items={data.keys}
          keyOf={({ name }) => name}
          columns={[
            { title: '名称', of: ({ name }) => name, as: 'code' },
            { title: '算法', of: ({ suite }) => suites[suite] ?? suite, as: 'short' },
            { title: '生成', of: ({ madeAt }) => minuteOf(madeAt), as: 'short' },
            { title: '保护的人', of: ({ persons }) => countOf(persons), as: 'figure' },
            { title: '其他密钥', of: ({ secrets }) => countOf(secrets), as: 'figure' },
            {
              title: '状态',
              of: (key) => (
                <Tag tone={key.isCurrent ? 'good' : key.sealsFrom ? 'info' : 'unknown'}>
                  {key.isCurrent ? '在用' : key.sealsFrom ? `${minuteOf(key.sealsFrom)} 起用` : '只用来解密'}
                </Tag>
              ),
            },
          ]}
          foot={
            <p className="sub padded">
              更换后，每个人的密钥和其他密钥（验证器、系统、消息渠道等）由后台任务换到新密钥下；旧密钥留着，用来打开备份和隔离的内容。
            </p>
          }
        />
        {actor.role === 'system' && <CodeKey />}
        <History history={data.history} onAsk={mayAsk ? () => setAsking('history') : undefined} />
      </div>
      {asking && (
        <AskBox
          title={asking === 'rotate' ? '更换个人信息密钥' : '加密历史里的个人信息'}
          act="提交审批"
          onClose={() => setAsking(undefined)}
          fields={
            asking === 'rotate'
              ? [
                  {
                    name: 'suite',
                    title: '算法',
                    type: 'select',
                    options: Object.entries(suites).map(([value, title]) => ({ value, title })),
                  },
                  reason,
                ]
              : [reason]
          }
          submit={async (values) => {
            await call('POST', asking === 'rotate' ? '/api/v1/keys/rotate' : '/api/v1/history-sealing', values)
            setAsking(undefined)
            say('已提交另一位管理员审批')
            refetch()
          }}
        />
      )}
    </>
  )
}
