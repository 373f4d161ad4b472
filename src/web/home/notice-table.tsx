import { useCatalogue } from '../shell/catalogue.ts'
import { moveByArrows } from '../shell/keys.ts'
import { usePhone } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { ageOf, secondOf } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import { isLate, levels, type Notice, useMarkDone } from './notice.ts'
import './home.css'

function State({ notice }: { notice: Notice }) {
  return <Tag tone={levels[notice.level].tone}>{levels[notice.level].word}</Tag>
}

function Age({ notice }: { notice: Notice }) {
  return (
    <time className={isLate(notice) ? 'late' : 'age'} dateTime={notice.at} title={secondOf(notice.at)}>
      {ageOf(notice.at)}
    </time>
  )
}

function DoneButton({ notice }: { notice: Notice }) {
  const markDone = useMarkDone()
  return (
    <button type="button" className="button plain small" onClick={() => markDone(notice)}>
      标记已处理
    </button>
  )
}

/** Open notices: what, where, since when. A row leads to the record behind it. */
export function NoticeTable({ notices }: { notices: Notice[] }) {
  const { kinds } = useCatalogue()
  const { actor } = useSession()
  const phone = usePhone()
  const own = actor.role === 'enterprise'
  const toOf = ({ kind: name, recordId, ownerId }: Notice) => {
    const kind = kinds.find((each) => each.name === name)
    if (!kind?.verbs.includes('read')) return undefined
    // What is missing has no page yet: its owner gets the form, an authority what the owner did record.
    if (recordId !== ownerId || kind.isOwner) return path.record(name, recordId)
    return own && kind.verbs.includes('create') ? path.create(name) : path.list(name, { ownerId })
  }
  const titleOf = (notice: Notice) => {
    const to = toOf(notice)
    return to ? (
      <Link to={to} style={{ color: 'inherit' }} tabIndex={-1}>
        {notice.title}
      </Link>
    ) : (
      notice.title
    )
  }
  if (phone)
    return (
      <div className="noticecards">
        {notices.map((notice) => (
          <article key={notice.id}>
            <header>
              <State notice={notice} />
              <Age notice={notice} />
            </header>
            <p>{titleOf(notice)}</p>
            <footer>
              <small className="sub">
                {[!own && `${notice.regionTitle} ${notice.ownerTitle}`, notice.detail].filter(Boolean).join(' · ')}
              </small>
              <DoneButton notice={notice} />
            </footer>
          </article>
        ))}
      </div>
    )
  return (
    <div className="scroll">
      <table className="rows" onKeyDown={moveByArrows}>
        <thead>
          <tr>
            <th>状态</th>
            <th>什么问题</th>
            {!own && <th>在哪里</th>}
            <th>已过</th>
            <th>
              <span className="unseen">处理</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {notices.map((notice) => {
            const to = toOf(notice)
            return (
              <tr
                key={notice.id}
                data-row
                tabIndex={0}
                onClick={(event) => to && !(event.target as HTMLElement).closest('a, button') && navigate(to)}
                onKeyDown={(event) =>
                  to && event.key === 'Enter' && event.target === event.currentTarget && navigate(to)
                }
              >
                <td>
                  <State notice={notice} />
                </td>
                <td>
                  {titleOf(notice)}
                  {notice.detail && <small>{notice.detail}</small>}
                </td>
                {!own && (
                  <td>
                    {notice.regionTitle} {notice.ownerTitle}
                  </td>
                )}
                <td>
                  <Age notice={notice} />
                </td>
                <td className="right" style={{ paddingBlock: 5 }}>
                  <DoneButton notice={notice} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
