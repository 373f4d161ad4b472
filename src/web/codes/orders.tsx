import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'

type Order = { id: string; gtin: string; lot: string; quantity: number; issuedAt: string }

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
        {issue && (
          <Link className="button primary" to={path.operation(issue.name)}>
            {issue.title}
          </Link>
        )}
      </Head>
      <section className="card">
        {error ? (
          <Trouble error={error} retry={refetch} />
        ) : !data ? (
          <Waiting />
        ) : orders.length === 0 ? (
          <Empty title="这里会列出申领过的码">
            <p>按商品和批次申领，下载后印到包装上。</p>
          </Empty>
        ) : (
          <div className="scroll">
            <table className="rows stack">
              <thead>
                <tr>
                  <th>申领时间</th>
                  <th>商品条码</th>
                  <th>批号</th>
                  <th className="right">数量</th>
                  <th>取用</th>
                </tr>
              </thead>
              <tbody>
                {orders.map(({ id, gtin, lot, quantity, issuedAt }) => (
                  <tr key={id}>
                    <td className="nowrap">
                      <Link to={path.codes(id)}>{minuteOf(issuedAt)}</Link>
                    </td>
                    <td className="mono" data-title="商品条码">
                      {gtin}
                    </td>
                    <td data-title="批号">
                      <Link to={path.trace(`https://id.gs1.org/01/${gtin}/10/${encodeURIComponent(lot)}`)}>{lot}</Link>
                    </td>
                    <td className="right" data-title="数量">
                      {countOf(quantity)}
                    </td>
                    <td className="nowrap" data-title="取用">
                      <a href={`/api/v1/code-orders/${id}/codes.csv`}>下载</a>　
                      <Link to={path.codes(id)}>打印、激活、核销</Link>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </>
  )
}
