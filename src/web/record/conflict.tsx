import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Fields } from '../../language/fields/index.ts'
import { Full, type Words } from '../input/index.tsx'
import { read } from '../shell/api.ts'
import { spokenMinute } from '../shell/time.ts'
import { Dialog } from '../ui/dialog.tsx'
import type { Content } from './content.ts'
import type { Version } from './history.tsx'
import { type Conflict, contested, merged } from './merge.ts'
import './detail.css'

/** Who wrote a version, once it is known: the dialog does not wait for it. */
function useWriter(kind: string, id: string, version: number): string | undefined {
  const { data } = useQuery({
    queryKey: ['history', kind, id, version],
    queryFn: ({ signal }) => read<{ items: Version[] }>(`/api/v1/records/${kind}/${id}/history`, {}, signal),
    retry: false,
  })
  return data?.items.find((each) => each.version === version)?.actor.name
}

/** Somebody saved the same record in between: each contested field side by side, to choose. */
export function ConflictDialog(props: {
  kind: string
  fields: Fields
  conflict: Conflict
  words: Words
  onChoose(content: Content): void
  onClose(): void
}) {
  const { kind, fields, conflict, words, onChoose, onClose } = props
  const { id, version, updatedAt } = conflict.theirs
  const who = useWriter(kind, id, version)
  const names = contested(fields, conflict)
  const [chosen, setChosen] = useState<Record<string, 'mine' | 'theirs'>>({})
  const side = (name: string, which: 'mine' | 'theirs') => {
    const field = fields[name]
    const value = which === 'mine' ? conflict.mine[name] : conflict.theirs[name]
    return (
      <label className={chosen[name] === which ? 'side on' : 'side'}>
        <input
          type="radio"
          name={`conflict-${name}`}
          checked={chosen[name] === which}
          onChange={() => setChosen({ ...chosen, [name]: which })}
        />
        <span>
          <small>{which === 'mine' ? '我填的' : `${who ?? '别人'}已保存的`}</small>
          {field && <Full field={field} value={value} words={words} siblings={fields} />}
        </span>
      </label>
    )
  }
  return (
    <Dialog title="这条记录刚被别人修改过" onClose={onClose}>
      <p className="sub">
        {who ?? '有人'} {spokenMinute(updatedAt)} 保存了新的内容。
        {names.length > 0 ? '下面的内容两边不一样，请逐项选择。' : '与您的修改不冲突，可以合在一起保存。'}
      </p>
      <div className="conflict">
        {names.map((name) => (
          <fieldset key={name}>
            <legend>{fields[name]?.title}</legend>
            {side(name, 'mine')}
            {side(name, 'theirs')}
          </fieldset>
        ))}
      </div>
      <div className="acts">
        <button type="button" className="button" onClick={onClose}>
          先不保存
        </button>
        <button
          type="button"
          className="button primary"
          disabled={names.some((name) => !chosen[name])}
          onClick={() => onChoose(merged(fields, conflict, chosen))}
        >
          按选择保存
        </button>
      </div>
    </Dialog>
  )
}
