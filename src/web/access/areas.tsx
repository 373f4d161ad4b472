import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Rows } from '../ui/rows.tsx'
import { AskBox } from './form.tsx'

type Area = { code: string; title: string; county: string; owners: number; retiredAt: string | null }
type Authority = { id: string; title: string; region: string; station: string | null }

/** Districts that the national table does not have, stations below the county, and the authorities in them. */
export default function Areas() {
  const client = useQueryClient()
  const { regions } = useCatalogue()
  const [opening, setOpening] = useState<'area' | 'authority'>()
  const {
    data: areas,
    error,
    refetch,
  } = useQuery({ queryKey: ['areas'], queryFn: () => read<{ items: Area[] }>('/api/v1/areas') })
  const { data: authorities } = useQuery({
    queryKey: ['authorities'],
    queryFn: () => read<{ items: Authority[] }>('/api/v1/authorities'),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!areas || !authorities) return <Waiting />
  const regionTitle = (code: string) => regions.find((region) => region.code === code)?.title ?? code
  const done = () => {
    setOpening(undefined)
    client.invalidateQueries()
  }
  return (
    <>
      <Head title="区域与部门" sub="国标里没有的区（如新区）用 6 位编码，县区以下的站所用 9 位编码，前六位是所在区。">
        <button type="button" className="button" onClick={() => setOpening('area')}>
          添加区或站所
        </button>
        <button type="button" className="button primary" onClick={() => setOpening('authority')}>
          添加部门
        </button>
      </Head>
      <div className="stack">
        <Rows
          title="区和站所"
          empty="只用国标行政区划"
          items={areas.items}
          keyOf={({ code }) => code}
          columns={[
            { title: '名称', of: ({ title }) => title },
            { title: '编码', of: ({ code }) => code, as: 'code' },
            {
              title: '是什么',
              of: ({ code, county }) => (code.length === 6 ? '区' : `${regionTitle(county)}的站所`),
            },
            { title: '主体', of: ({ owners }) => (owners > 0 ? `${owners} 个` : '—'), as: 'figure' },
          ]}
        />
        <Rows
          title="监管部门"
          items={authorities.items}
          keyOf={({ id }) => id}
          columns={[
            { title: '全称', of: ({ title }) => title },
            { title: '所在区', of: ({ region }) => regionTitle(region), as: 'short' },
            {
              title: '站所',
              of: ({ station }) => (station && areas.items.find(({ code }) => code === station)?.title) || '—',
            },
          ]}
        />
      </div>
      {opening === 'area' && (
        <AskBox
          title="添加区或站所"
          act="添加"
          fields={[
            { name: 'code', title: '编码', help: '6 位：区；9 位：站所' },
            { name: 'title', title: '名称' },
          ]}
          submit={async (values) => {
            await call('POST', '/api/v1/areas', values)
            done()
          }}
          onClose={() => setOpening(undefined)}
        />
      )}
      {opening === 'authority' && (
        <AskBox
          title="添加部门"
          act="添加"
          fields={[
            { name: 'title', title: '全称' },
            {
              name: 'region',
              title: '所在区',
              type: 'select',
              options: regions.map(({ code, title }) => ({ value: code, title })),
            },
            {
              name: 'station',
              title: '站所',
              type: 'select',
              options: [
                { value: '', title: '不是站所' },
                ...areas.items
                  .filter((area) => area.code.length === 9)
                  .map((area) => ({ value: area.code, title: area.title })),
              ],
            },
          ]}
          submit={async (values) => {
            await call('POST', '/api/v1/authorities', values)
            done()
          }}
          onClose={() => setOpening(undefined)}
        />
      )}
    </>
  )
}
