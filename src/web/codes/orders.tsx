import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, Rows } from '../ui/rows.tsx'

type Order = { id: string; gtin: string; lot: string; quantity: number; issuedAt: string }

const columns: readonly Column<Order>[] = [
  {
    title: '申领时间',
    of: ({ id, issuedAt }) => <Link to={path.codes(id)}>{minuteOf(issuedAt)}</Link>,
    as: 'short',
  },
  { title: '商品条码', of: ({ gtin }) => gtin, as: 'code' },
  {
    title: '批号',
    of: ({ gtin, lot }) => (
      <Link to={path.trace(`https://id.gs1.org/01/${gtin}/10/${encodeURIComponent(lot)}`)}>{lot}</Link>
    ),
  },
  { title: '数量', of: ({ quantity }) => countOf(quantity), as: 'figure' },
  {
    title: '取用',
    of: ({ id }) => (
      <>
        <a href={`/api/v1/code-orders/${id}/codes.csv`}>下载</a>　<Link to={path.codes(id)}>打印、激活、作废</Link>
      </>
    ),
    as: 'short',
  },
]

/** The enterprise's trace codes, order by order, to be downloaded or printed again. */
export default function Orders() {
  const { operations } = useCatalogue()
  const { data, error, refetch } = useQuery({
    queryKey: ['code-orders'],
    queryFn: ({ signal }) => read<{ items: Order[] }>('/api/v1/code-orders', {}, signal),
  })
  // Whatever operation of this user's takes a product, a lot and a number is the one that issues codes.
  const issue = operations.find(({ fields }) => fields.gtin && fields.lot && fields.quantity)
  const orders = [...(data?.items ?? [])].sort((a, b) => (a.issuedAt < b.issuedAt ? 1 : -1))
  const total = orders.reduce((sum, order) => sum + order.quantity, 0)
  const title = !data ? '追溯码' : orders.length === 0 ? '还没有申领过追溯码' : `已申领 ${countOf(total)} 个追溯码`
  return (
    <>
      <Head title={title} sub="每件商品一个码。码只有本企业能下载，监管部门也看不到。">
        {!error && (
          <Link className="button" to={path.codeRanges()}>
            外部号段
          </Link>
        )}
        {issue && (
          <Link className="button primary" to={path.operation(issue.name)}>
            {issue.title}
          </Link>
        )}
      </Head>
      {error ? (
        <Trouble error={error} retry={refetch} />
      ) : !data ? (
        <Waiting />
      ) : (
        <Rows
          empty="这里会列出申领过的码"
          hint="按商品和批次申领，下载后印到包装上。"
          items={orders}
          keyOf={({ id }) => id}
          columns={columns}
        />
      )}
    </>
  )
}
