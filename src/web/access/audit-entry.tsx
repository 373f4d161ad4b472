import { useQuery } from '@tanstack/react-query'
import type { Fields } from '../../language/fields/index.ts'
import type { Kind } from '../../language/kind.ts'
import type { AuditEntry as Told } from '../../platform/audit/wire.ts'
import { plainOf } from '../input/index.tsx'
import { versionDifferences } from '../record/difference.ts'
import { useRecordWords } from '../record/words.ts'
import { read } from '../shell/api.ts'
import type { Row as RecordRow } from '../shell/row.ts'
import { secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Drawer } from '../ui/dialog.tsx'
import { Waiting } from '../ui/empty.tsx'
import { acts } from './acts.ts'
import { entryLines } from './audit-words.ts'

export type AuditRow = Told

type Compared = {
  kind: Pick<Kind, 'fields' | 'states'> | null
  titles: Record<string, string>
  before: RecordRow | null
  after: RecordRow | null
}

/** What one version of a record changed, in the words of its kind. */
function Compare({ row, version }: { row: AuditRow; version: number }) {
  const { data, error } = useQuery({
    queryKey: ['compare', row.kind, row.objectId, version],
    queryFn: () =>
      read<Compared>('/api/v1/audit/compare', { kind: row.kind, id: row.objectId, version: String(version) }),
  })
  const words = useRecordWords(data?.titles ?? {})
  if (error) return <Trouble error={error} />
  if (!data) return <Waiting lines={3} />
  if (!data.kind || !data.after) return null
  const none = { state: data.after.state } as RecordRow
  const changed = versionDifferences(data.kind, data.before ?? none, data.after, (field, value) =>
    plainOf(field, value, words),
  )
  return (
    <>
      <h3 style={{ marginTop: 18 }}>{data.before ? '改了什么' : '登记的内容'}</h3>
      {changed.length === 0 && <p className="muted">内容没有变化。</p>}
      <table className="changes">
        {data.before && changed.length > 0 && (
          <thead>
            <tr>
              <th>项目</th>
              <th>之前</th>
              <th>之后</th>
            </tr>
          </thead>
        )}
        <tbody>
          {changed.map(({ title, before, after, lines }) => (
            <tr key={title}>
              <td>{title}</td>
              {data.before && <td>{before || '—'}</td>}
              <td>{lines ? lines.join('；') : after || '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

/** The fields of the policy that an entry is about: its values are said in their words. */
function usePolicyFields(row: AuditRow): Fields | undefined {
  const isPolicy = row.kind === 'policy' || row.kind === 'loosen-policy'
  const { data } = useQuery({
    queryKey: ['policies'],
    queryFn: () => read<{ items: { name: string; title: string; fields: Fields }[] }>('/api/v1/policies'),
    enabled: isPolicy,
  })
  const subject = row.detail.subject as { name?: string } | undefined
  return data?.items.find(
    ({ name, title }) => [row.objectId, subject?.name].includes(name) || row.title.includes(`“${title}”`),
  )?.fields
}

type Props = { row: AuditRow; titleOf(kind: string): string; onClose(): void }

/** One entry of the audit store in full, and what it changed. */
export function AuditEntry({ row, titleOf, onClose }: Props) {
  const fields = usePolicyFields(row)
  const { version } = row.detail
  const lines: [string, string][] = [
    ['时间', secondOf(row.at)],
    ['谁', [row.actorName, row.ownerTitle].filter(Boolean).join(' · ')],
    ['对象', [...new Set([titleOf(row.kind), row.title])].filter(Boolean).join(' · ')],
    ['对象编号', row.objectId],
    ['来源地址', row.address],
    ['来源应用', row.app === 'shisu' ? '' : row.app],
    ...entryLines(row.detail, { titleOf, fields }),
  ]
  return (
    <Drawer title={acts[row.act] ?? row.act} onClose={onClose}>
      <table className="changes">
        <tbody>
          {lines
            .filter(([, text]) => text !== '')
            .map(([title, text], index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: what was recorded does not move
              <tr key={index}>
                <td>{title}</td>
                <td>{text}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {typeof version === 'number' && row.act !== 'policy' && <Compare row={row} version={version} />}
    </Drawer>
  )
}
