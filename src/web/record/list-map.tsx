import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Field } from '../../language/fields/index.ts'
import { plainOf, type Words } from '../input/index.tsx'
import { type MapPoint, type Place, PlaceMap } from '../map/map.tsx'
import { type OwnKind, type Row, useCatalogue } from '../shell/catalogue.ts'
import { path, type Query } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { asked, readRows } from './query.ts'
import { titleOf, useRecordWords } from './words.ts'

/** Points that one map holds; a narrower question shows the rest. */
const most = 1000

/** The field that says where a kind's records are, if there is one. */
export const placeOf = (kind: OwnKind): string | undefined =>
  Object.keys(kind.fields).find((name) => kind.fields[name]?.type === 'place')

/** What a list says first of a record besides its name. */
const toldOf = (kind: OwnKind, row: Row, words: Words): string =>
  kind.list.columns
    .filter((name) => !kind.titleFields.includes(name))
    .slice(0, 3)
    .flatMap((name) => plainOf(kind.fields[name] as Field, row[name], words) || [])
    .join(' · ')

const untitled = {}

/** What a list holds, where it is: the same conditions, each county counted. */
export function ListMap({ kind, query }: { kind: OwnKind; query: Query }) {
  const { regions, mapTiles } = useCatalogue()
  const [chosen, choose] = useState<string>()
  const { data, error, refetch } = useQuery({
    queryKey: ['places', kind.name, asked(kind, query)],
    queryFn: ({ signal }) => readRows(kind, query, most, signal),
  })
  const words = useRecordWords(data?.titles ?? untitled)
  const where = placeOf(kind) ?? ''
  const points = useMemo(
    () =>
      (data?.rows ?? []).flatMap((row): MapPoint[] => {
        const at = row[where] as Place | undefined
        return at ? [{ id: row.id, at, title: titleOf(kind, row, words), note: toldOf(kind, row, words) }] : []
      }),
    [data, where, kind, words],
  )
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={8} />
  const picked = data.rows.find((row) => row.id === chosen)
  const counties = [...Map.groupBy(data.rows, (row) => row.region)]
    .map(([code, rows]) => ({ title: regions.find((each) => each.code === code)?.title ?? code, n: rows.length }))
    .sort((a, b) => b.n - a.n)
  return (
    <section className="listmap">
      <PlaceMap
        title={`${kind.title}的位置`}
        points={points}
        chosen={chosen}
        choose={choose}
        height={520}
        tiles={mapTiles}
      />
      <p>
        {picked ? (
          <>
            <Link to={path.record(kind.name, picked.id)}>{titleOf(kind, picked, words)}</Link>{' '}
            {toldOf(kind, picked, words)}
          </>
        ) : (
          <>
            {countOf(points.length)} 条标在地图上
            {data.rows.length > points.length && `，${countOf(data.rows.length - points.length)} 条没有填位置`}
            {data.total > data.rows.length && `；只标了前 ${countOf(most)} 条，请缩小范围`}
            {counties.length > 1 && `。${counties.map(({ title, n }) => `${title} ${countOf(n)}`).join('，')}`}
          </>
        )}
      </p>
    </section>
  )
}
