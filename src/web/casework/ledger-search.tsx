import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Found } from '../../platform/ledger/wire.ts'
import { read } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { RowTable } from '../ui/rows.tsx'
import { BlockDetail } from './consortium.tsx'

/** The name of what was found: it leads to its page, or opens the block that it is or lies in beneath it. */
function Name({ title, to, block }: Found) {
  const [open, setOpen] = useState(false)
  if (to) return <Link to={to}>{title}</Link>
  if (block === undefined) return title
  return (
    <>
      <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {title}
      </button>
      {open && <BlockDetail height={block} />}
    </>
  )
}

/** One box for everything in the log: block, leaf, transaction, record, member. */
export function LedgerSearch() {
  const [asked, setAsked] = useState('')
  const { data, error, refetch } = useQuery({
    queryKey: ['ledger-search', asked],
    queryFn: () => read<{ items: Found[] }>('/api/v1/ledger/search', { q: asked }),
    enabled: asked !== '',
  })
  return (
    <section className="card">
      <h2>查找</h2>
      <form
        className="search-line"
        onSubmit={(event) => {
          event.preventDefault()
          setAsked(String(new FormData(event.currentTarget).get('q') ?? '').trim())
        }}
      >
        <input
          name="q"
          type="search"
          aria-label="查找存证"
          placeholder="存证序号、区块高度、交易号、记录网址、成员名称"
        />
        <button type="submit" className="button">
          查找
        </button>
      </form>
      {error && <Trouble error={error} retry={refetch} />}
      {data && (
        <div role="status">
          {data.items.length === 0 ? (
            <p className="sub found-none">没有找到，或者您无权查看。</p>
          ) : (
            <RowTable
              items={data.items}
              keyOf={({ title }) => title}
              columns={[
                { title: '找到', of: (found) => <Name {...found} /> },
                {
                  title: '内容',
                  of: ({ text, at }) => (
                    <>
                      {text} {at && <span className="nowrap">{secondOf(at)}</span>}
                    </>
                  ),
                },
              ]}
            />
          )}
        </div>
      )}
    </section>
  )
}
