import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { countOf, secondOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
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

function Witnesses({ witnesses, size }: { witnesses: Witness[]; size: number }) {
  if (witnesses.length === 0)
    return (
      <Empty title="还没有见证方">
        <p>见证方是平台以外的单位，替大家看住日志不被改写。由运维人员用 SHISU_WITNESSES 登记。</p>
      </Empty>
    )
  return (
    <div className="scroll">
      <table className="rows">
        <tbody>
          {witnesses.map((witness) => (
            <tr key={witness.name}>
              <td>{witness.name}</td>
              <td>
                {witness.failure ? (
                  <Tag tone="bad">没有签名</Tag>
                ) : witness.size === size ? (
                  <Tag tone="good">已签名</Tag>
                ) : (
                  <Tag tone="warn">等待签名</Tag>
                )}
                {witness.failure && <small className="wrong">{witness.failure}</small>}
              </td>
              <td className="right">
                {countOf(witness.size)} 条<small>{witness.seenAt ? spokenMinute(witness.seenAt) : '还没有签过'}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The log's keys, one after another: which signs, which has ended, which was revoked and why. */
function Keys({ keys }: Pick<Answer, 'keys'>) {
  return (
    <section className="card">
      <h2>日志的密钥</h2>
      <div className="scroll">
        <table className="rows">
          <tbody>
            {keys.map(({ verifierKey, addedAt, retiredAt, revokedAt, reason }) => (
              <tr key={verifierKey}>
                <td>
                  <code>{verifierKey}</code>
                  {reason && <small className="wrong">{reason}</small>}
                </td>
                <td>
                  {revokedAt ? (
                    <Tag tone="bad">已吊销</Tag>
                  ) : retiredAt ? (
                    <Tag tone="unknown">已停用</Tag>
                  ) : (
                    <Tag tone="good">正在签名</Tag>
                  )}
                </td>
                <td className="right nowrap">
                  {spokenMinute(addedAt)}
                  <small>{(revokedAt ?? retiredAt) ? `到 ${spokenMinute(revokedAt ?? retiredAt ?? '')}` : ''}</small>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
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
        <section className="card">
          <h2>见证方</h2>
          <Witnesses witnesses={data.witnesses} size={checkpoint?.size ?? 0} />
        </section>
        {data.consortium && <Consortium />}
        {data.keys.length > 1 && <Keys keys={data.keys} />}
        <section className="card">
          <h2>最近的签名</h2>
          <div className="scroll">
            <table className="rows">
              <tbody>
                {data.recent.map(({ size, at, witnesses }) => (
                  <tr key={size}>
                    <td className="nowrap">{secondOf(at)}</td>
                    <td className="right">{countOf(size)} 条</td>
                    <td className="right">{witnesses > 0 ? `${witnesses} 个见证` : '没有见证'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      </div>
    </>
  )
}
