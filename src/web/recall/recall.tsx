import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import type { Row } from '../shell/row.ts'
import { minuteOf } from '../shell/time.ts'
import { Empty } from '../ui/empty.tsx'
import { Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { recallParts } from './answer.ts'
import { Begin } from './begin.tsx'
import { Board } from './board.tsx'
import '../input/input.css'
import '../trace/chain.css'
import '../trace/event.css'
import './recall.css'

type List = { items: Row[] }

/** Recalls and drills, the newest first. */
function Known({ kind }: { kind: string }) {
  const { data } = useQuery({
    queryKey: ['recalls', kind],
    queryFn: ({ signal }) => read<List>(`/api/v1/records/${kind}`, { limit: '20' }, signal),
  })
  const states = useCatalogue().kinds.find(({ name }) => name === kind)?.states
  if (!data || data.items.length === 0) return null
  const names = states && 'names' in states ? (states.names as Record<string, string>) : {}
  return (
    <Rows
      title="召回和演练"
      items={data.items}
      keyOf={({ id }) => id}
      open={({ id }) => navigate(path.recall(id))}
      columns={[
        {
          title: '原因',
          of: ({ id, reason, number }) => (
            <>
              <Link to={path.recall(id)} tabIndex={-1}>
                {String(reason ?? number)}
              </Link>
              <small>{String(number ?? '')}</small>
            </>
          ),
        },
        {
          title: '决定时间',
          as: 'short',
          of: ({ decidedAt }) => (decidedAt ? minuteOf(String(decidedAt)) : ''),
          by: ({ decidedAt }) => String(decidedAt ?? ''),
        },
        {
          title: '状态',
          of: ({ mode, state }) => (
            <>
              {mode === 'drill' && <Tag tone="info">演练</Tag>} {names[state]}
            </>
          ),
          by: ({ state }) => state,
        },
      ]}
    />
  )
}

/** The recall board: from a starting point to the scope, the order, and what comes back. */
export default function Recall({ id }: { id?: string }) {
  const { query } = useRoute()
  const { preview, start, orderKind } = recallParts(useCatalogue())
  if (id) return <Board key={id} id={id} />
  if (!preview || !start)
    return (
      <Empty title="您没有召回的权限">
        <p>召回由企业和监管部门办理。</p>
      </Empty>
    )
  return (
    <div className="recallpage">
      <Head title="召回" sub="先看范围、数量和在谁手里，再下令；算范围不会通知任何人。" />
      <Begin key={query.lot ?? ''} preview={preview} start={start} first={query.lot} />
      {orderKind && <Known kind={orderKind.name} />}
    </div>
  )
}
