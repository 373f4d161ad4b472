import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { spokenMinute } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'

type Signature = {
  version: number
  signer: string
  at: string
  suite: string
  key: string
  revokedAt: string | null
  holds: boolean
  content: 'same' | 'differs' | 'erased'
}

function Verdict({ signature: { holds, content } }: { signature: Signature }) {
  if (!holds || content === 'differs') return <Tag tone="bad">签名不符</Tag>
  return <Tag tone="good">{content === 'erased' ? '签名有效，内容已擦除' : '签名有效'}</Tag>
}

/** Who signed which version of a record; checked by the server anew at each look. */
export function Signatures({ kind, row }: { kind: OwnKind; row: Row }) {
  const { data } = useQuery({
    queryKey: ['signatures', kind.name, row.id, row.version],
    queryFn: ({ signal }) =>
      read<{ items: Signature[] }>(`/api/v1/records/${kind.name}/${row.id}/signatures`, {}, signal),
  })
  if (!data || data.items.length === 0) return null
  return (
    <div className="signatures">
      <h2>签名</h2>
      <ul>
        {data.items.map((signature) => (
          <li key={`${signature.version} ${signature.at}`}>
            <Verdict signature={signature} /> 第 {signature.version} 版 {signature.signer}
            <span className="sub">
              {spokenMinute(signature.at)} · {signature.key}（{signature.suite === 'sm2' ? 'SM2' : 'Ed25519'}）
              {signature.revokedAt && ` · 密钥已于 ${spokenMinute(signature.revokedAt)} 吊销`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
