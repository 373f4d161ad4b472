import type { Sql } from 'postgres'
import { askNode } from '../../consortium/client.ts'
import type { Refusal } from '../../consortium/refusals.ts'
import { alarm } from './alarm.ts'
import type { Consortium } from './consortium.ts'

const words: Readonly<Record<Refusal['reason'], string>> = {
  malformed: '交易的格式不对',
  stranger: '签名者不在联盟里，或密钥已吊销',
  signature: '签名不对，交易被改过或冒用了别人的名义',
  replayed: '同一笔交易早已上链，又被拿来重放',
  vote: '不是成员的表决',
  forked: '日志的这一处已是另外的内容：伪造的树根，或被改写、回退的日志',
}

/** What the nodes refused comes to the audit desk: once a day for each node, reason and key. */
export async function alarmRefusals(auditSql: Sql, { nodes }: Pick<Consortium, 'nodes'>): Promise<void> {
  const found = await Promise.all(nodes.map(({ query }) => askNode<Refusal[]>(query, '/refusals')))
  for (const [at, refusals] of found.entries())
    for (const { reason, signer, lastAt } of refusals ?? []) {
      const whose = signer ? `（密钥 ${signer.slice(0, 16)}…）` : ''
      const text = `联盟节点 ${nodes[at]?.name} 拒绝了交易${whose}：${words[reason]}`
      await alarm(auditSql, new Date(lastAt), 'consortium-refused', text)
    }
}
