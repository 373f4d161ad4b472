import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call, Refusal } from '../shell/api.ts'
import type { OwnKind } from '../shell/catalogue.ts'
import { path, type Query } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { say } from '../ui/toast.tsx'
import { type useColumns, useViews, type View } from './columns.ts'
import { uuidv7 } from './id.ts'

/** A list's conditions and order as one text, the same for the same conditions. */
function textOf(query: Query): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1])
  return new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : 1))).toString()
}

function EditView(props: { kind: OwnKind; view: View; isNew: boolean; onClose(): void }) {
  const { kind, view, isNew, onClose } = props
  const client = useQueryClient()
  const [name, setName] = useState(view.name)
  const [shared, setShared] = useState(view.shared)
  const [problem, setProblem] = useState<string>()
  const place = `/api/v1/views/${kind.name}/${view.id}`
  const run = async (act: () => Promise<unknown>, said: string) => {
    try {
      await act()
      await client.invalidateQueries({ queryKey: ['views', kind.name] })
      say(said)
      onClose()
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '没有办成，请重试')
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(async () => {
      await call('PUT', place, { name, query: view.query, shared })
      navigate(`${path.list(kind.name)}?${view.query}`, { replace: true })
    }, '视图已保存')
  }
  return (
    <Dialog title={isNew ? '把现在的筛选和列存成视图' : '修改视图'} onClose={onClose}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }} noValidate>
        <label className="labelled">
          <span>名称</span>
          <input
            className="in"
            maxLength={40}
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoFocus
          />
        </label>
        <label className="check">
          <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
          同单位的人也能用
        </label>
        {problem && (
          <p className="wrong" role="alert">
            {problem}
          </p>
        )}
        <div className="acts">
          {!isNew && (
            <button
              type="button"
              className="button plain"
              onClick={() => run(() => call('DELETE', place), '视图已删除')}
            >
              删除
            </button>
          )}
          <button type="button" className="button" onClick={onClose}>
            取消
          </button>
          <button type="submit" className="button primary">
            保存
          </button>
        </div>
      </form>
    </Dialog>
  )
}

type Props = { kind: OwnKind; query: Query; columns: ReturnType<typeof useColumns> }

/** Saved and shared filters and columns of a list, in its head; what is narrowed or chosen now can become one. */
export function Views({ kind, query, columns: { columns, isChosen } }: Props) {
  const [editing, setEditing] = useState<{ view: View; isNew: boolean }>()
  const { data } = useViews(kind)
  const now = textOf(query)
  const views = data?.items ?? []
  const current = views.find((view) => view.query === now)
  const isNarrowed = isChosen || Object.keys(query).some((name) => name !== 'sort' && query[name])
  const whole = textOf(isChosen ? { ...query, columns: columns.map(({ name }) => name).join(',') } : query)
  if (views.length === 0 && !isNarrowed) return null
  return (
    <div className="views noprint">
      {views.map((view) => (
        <Link
          key={view.id}
          to={`${path.list(kind.name)}?${view.query}`}
          className="button small"
          aria-current={view === current ? 'true' : undefined}
          title={view.shared ? '本单位共享的视图' : undefined}
        >
          {view.name}
          {view.shared && <small className="muted">共享</small>}
        </Link>
      ))}
      {current?.own ? (
        <button
          type="button"
          className="button plain small"
          onClick={() => setEditing({ view: current, isNew: false })}
        >
          修改视图
        </button>
      ) : (
        isNarrowed &&
        !current && (
          <button
            type="button"
            className="button plain small"
            onClick={() =>
              setEditing({ view: { id: uuidv7(), name: '', query: whole, shared: false, own: true }, isNew: true })
            }
          >
            存成视图
          </button>
        )
      )}
      {editing && <EditView kind={kind} {...editing} onClose={() => setEditing(undefined)} />}
    </div>
  )
}
