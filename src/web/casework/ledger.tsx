import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { countOf, secondOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import './casework.css'
import { Consortium } from './consortium.tsx'
import { LedgerSearch } from './ledger-search.tsx'

type Witness = {
  name: string
  size: number
  seenAt: string | null
  failedAt: string | null
  failure: string | null
}
type Answer = {
  origin: string
  key: string
  keys: {
    verifierKey: string
    addedAt: string
    retiredAt: string | null
    revokedAt: string | null
    reason: string | null
  }[]
  leaves: number
  checkpoint: { size: number; at: string; witnesses: string[]; note: string } | null
  witnesses: Witness[]
  recent: { size: number; at: string; witnesses: number }[]
  consortium: string | null
}

/** What a witness said last, beside how long the log is. */
function WitnessState({ witness, size }: { witness: Witness; size: number }) {
  if (witness.failure)
    return (
      <>
        <Tag tone="bad">没有签名</Tag>
        <small className="wrong">{witness.failure}</small>
      </>
    )
  return witness.size === size ? <Tag tone="good">已签名</Tag> : <Tag tone="warn">等待签名</Tag>
}

/** Which key signs, which has ended, which was revoked and why. */
function KeyState({ retiredAt, revokedAt, reason }: Answer['keys'][number]) {
  if (!revokedAt) return retiredAt ? <Tag tone="unknown">已停用</Tag> : <Tag tone="good">正在签名</Tag>
  return (
    <>
      <Tag tone="bad">已吊销</Tag>
      {reason && <small className="wrong">{reason}</small>}
    </>
  )
}

/** How the log of proofs stands: what is sealed, who signed, who witnessed. */
export default function Ledger() {
  const { data, error, refetch } = useQuery({
    queryKey: ['ledger'],
    queryFn: () => read<Answer>('/api/v1/ledger'),
    refetchInterval: 5000,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const { checkpoint } = data
  return (
    <>
      <Head
        title={checkpoint ? `${countOf(data.leaves)} 条存证，每 2 秒封存一次` : '还没有存证'}
        sub={
          checkpoint
            ? `最近一次签名 ${spokenMinute(checkpoint.at)} · 日志只能追加，改动任何一条，树根就对不上`
            : undefined
        }
      />
      <div className="stack">
        <section className="card">
          <h2>日志</h2>
          <dl className="facts figures">
            <div>
              <dt>已签名</dt>
              <dd>{checkpoint ? `${countOf(checkpoint.size)} 条` : '还没有'}</dd>
            </div>
            <div>
              <dt>名称</dt>
              <dd>{data.origin}</dd>
            </div>
            <div>
              <dt>公钥</dt>
              <dd>
                <code>{data.key}</code>
              </dd>
            </div>
            <div>
              <dt>核对</dt>
              <dd>
                记录的每一版都能一键核对，也可下载存证文件；谁都可以到<a href="/verify">核对存证</a>页自己核对。
              </dd>
            </div>
          </dl>
        </section>
        <LedgerSearch />
        <Rows
          title="见证方"
          empty="还没有见证方"
          hint="见证方是平台以外的单位，替大家看住日志不被改写。由运维人员用 SHISU_WITNESSES 登记。"
          items={data.witnesses}
          keyOf={({ name }) => name}
          columns={[
            { title: '单位', of: ({ name }) => name },
            { title: '状态', of: (each) => <WitnessState witness={each} size={checkpoint?.size ?? 0} /> },
            { title: '看到', of: ({ size }) => `${countOf(size)} 条`, as: 'figure' },
            { title: '时间', of: ({ seenAt }) => (seenAt ? spokenMinute(seenAt) : '还没有签过'), as: 'short' },
          ]}
        />
        {data.consortium && <Consortium />}
        {data.keys.length > 1 && (
          <Rows
            title="日志的密钥"
            items={data.keys}
            keyOf={({ verifierKey }) => verifierKey}
            columns={[
              { title: '公钥', of: ({ verifierKey }) => <code>{verifierKey}</code> },
              { title: '状态', of: (key) => <KeyState {...key} /> },
              { title: '启用', of: ({ addedAt }) => spokenMinute(addedAt), as: 'short' },
              {
                title: '到',
                of: ({ revokedAt, retiredAt }) => {
                  const end = revokedAt ?? retiredAt
                  return end ? spokenMinute(end) : '—'
                },
                as: 'short',
              },
            ]}
          />
        )}
        <Rows
          title="最近的签名"
          items={data.recent}
          keyOf={({ size }) => String(size)}
          columns={[
            { title: '时间', of: ({ at }) => secondOf(at), as: 'short' },
            { title: '存证', of: ({ size }) => `${countOf(size)} 条`, as: 'figure' },
            {
              title: '见证',
              of: ({ witnesses }) => (witnesses > 0 ? `${witnesses} 个见证` : '没有见证'),
              as: 'figure',
            },
          ]}
        />
      </div>
    </>
  )
}
