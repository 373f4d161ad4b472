import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
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
        <section className="card">
          <h2>区和站所</h2>
          {areas.items.length === 0 ? (
            <Empty title="只用国标行政区划" />
          ) : (
            <table className="rows">
              <tbody>
                {areas.items.map((area) => (
                  <tr key={area.code}>
                    <td className="mono">{area.code}</td>
                    <td>{area.title}</td>
                    <td>{area.code.length === 6 ? '区' : `${regionTitle(area.county)}的站所`}</td>
                    <td className="muted">{area.owners > 0 && `${area.owners} 个主体`}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
        <section className="card">
          <h2>监管部门</h2>
          <table className="rows">
            <tbody>
              {authorities.items.map((each) => (
                <tr key={each.id}>
                  <td>{each.title}</td>
                  <td>{regionTitle(each.region)}</td>
                  <td className="muted">
                    {each.station && areas.items.find((area) => area.code === each.station)?.title}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
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
