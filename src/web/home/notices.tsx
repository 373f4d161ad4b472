import { Head } from '../shell/layout.tsx'
import { useHome } from '../shell/menu.tsx'
import { path } from '../shell/path.ts'
import { Link, useRoute } from '../shell/router.tsx'
import { countOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { levels, useNotices } from './notice.ts'
import { NoticeTable } from './notice-table.tsx'

/** All open notices, by level and county. */
export default function Notices() {
  const { query } = useRoute()
  const { data: home } = useHome()
  const { notices, error, refetch, isPending, total, ...pages } = useNotices({
    ...query,
    limit: query.region ? 200 : 50,
  })
  const region = home?.byRegion.find((each) => each.region === query.region)
  const count = query.region ? notices.length : total
  // Unreached is not the same as nothing to do.
  const unknown = isPending || error
  const title = unknown
    ? '待处置'
    : count === 0
      ? '没有待处置的事'
      : `${region ? region.title : ''}${countOf(count)} 件事等待处置`
  const pill = (name: string, level: string | undefined, n: number | undefined) => (
    <Link key={name} to={path.notices({ ...query, level })} aria-current={query.level === level ? 'true' : undefined}>
      {name} {n}
    </Link>
  )
  const open = home?.open
  return (
    <>
      <Head title={title} sub="处理完以后标记，监管人员和企业都能看到是否在办。" />
      <div className="levels">
        {pill('全部', undefined, open && open.bad + open.warn + open.info)}
        {pill(levels.bad.word, 'bad', open?.bad)}
        {pill(levels.warn.word, 'warn', open?.warn)}
        {pill(levels.info.word, 'info', open?.info)}
        {query.region && <Link to={path.notices({ level: query.level })}>只看{region?.title ?? '所选县区'}　×</Link>}
      </div>
      <div className="card">
        {error ? (
          <Trouble error={error} retry={refetch} />
        ) : isPending ? (
          <Waiting />
        ) : notices.length === 0 ? (
          <Empty title="这里没有要处置的事">
            <p>系统发现问题时会列在这里，并同时提醒企业。</p>
          </Empty>
        ) : (
          <NoticeTable notices={notices} />
        )}
      </div>
      {pages.hasNextPage && (
        <div className="listfoot" style={{ justifyContent: 'center', display: 'flex', padding: 12 }}>
          <button type="button" className="button" onClick={() => pages.fetchNextPage()}>
            加载更多
          </button>
        </div>
      )}
    </>
  )
}
