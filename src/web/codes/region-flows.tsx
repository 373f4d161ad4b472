import type { RegionFlow } from '../../trace/codes/wire.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { countOf } from '../shell/time.ts'
import { amountWord } from '../trace/answer.ts'
import { Rows } from '../ui/rows.tsx'

/** 产品流向: how much of each product was shipped from one county to another. */
export function RegionFlows({ flows, truncated }: { flows: readonly RegionFlow[]; truncated: boolean }) {
  const { regions, units } = useCatalogue()
  const wordOf = (code: string | null) =>
    code === null ? '没有登记的单位' : (regions.find((one) => one.code === code)?.title ?? `外地 ${code}`)
  return (
    <Rows
      title="产品流向"
      side={<span className="sub">按发货计，每一段路都算{truncated && '；太多，只列出一部分'}</span>}
      empty="这段时间没有发货"
      items={flows}
      keyOf={({ gtin, from, to, uom }) => `${gtin} ${from} ${to} ${uom}`}
      columns={[
        {
          title: '产品',
          of: ({ gtin, name }) => (
            <>
              {name ?? '没有登记名称'}
              <small>{gtin}</small>
            </>
          ),
        },
        { title: '从', of: ({ from }) => wordOf(from) },
        { title: '到', of: ({ to }) => wordOf(to) },
        { title: '数量', of: (flow) => amountWord(flow, units), as: 'figure' },
        { title: '发货次数', of: ({ shipments }) => countOf(shipments), as: 'figure' },
      ]}
    />
  )
}
