import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Announced, AnnouncementText } from '../../areas/supervision/operations/wire.ts'
import { FileLink } from '../input/file.tsx'
import { call, Refusal } from '../shell/api.ts'
import type { Operation } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { dayOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Drawer } from '../ui/dialog.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { Unbroken } from '../ui/unbroken.tsx'
import '../casework/casework.css'
import './announcements.css'

type View = 'now' | 'past'

const run = <T,>(name: string, body: object) => call<T>('POST', `/api/v1/operations/${name}`, body)

/** What is to be done with it, in a word. */
function State({ item }: { item: Announced }) {
  if (item.confirmedAt) return <Tag tone="good">已确认</Tag>
  if (!item.confirmBy) return item.readAt ? <span className="muted">已看</span> : <Tag tone="info">未看</Tag>
  const late = item.confirmBy < dayOf(Date.now())
  return <Tag tone={late ? 'bad' : 'warn'}>{late ? '逾期未确认' : `${item.confirmBy.slice(5)} 前确认`}</Tag>
}

function Row({ item, open }: { item: Announced; open(): void }) {
  return (
    <li className={item.readAt ? 'read' : ''}>
      <button type="button" onClick={open}>
        <Tag tone={item.isWarning ? 'bad' : 'unknown'}>{item.form}</Tag>
        <span>
          {item.title}
          <small>
            {item.from} · {spokenMinute(item.issuedAt)}
          </small>
        </span>
        <State item={item} />
      </button>
    </li>
  )
}

/** One announcement as it was sent. Opening it tells the publisher that it was read. */
function Sheet({ item, again, onClose }: { item: Announced; again(): void; onClose(): void }) {
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['announced', item.id],
    queryFn: () => run<AnnouncementText>('read-announcement', { announcement: item.id }),
    staleTime: 60_000,
  })
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    if (!data) return
    again()
    client.invalidateQueries({ queryKey: ['home'] })
  }, [data, again, client])
  const confirm = async () => {
    setBusy(true)
    try {
      await run('confirm-announcement', { announcement: item.id })
      say('已确认收到')
      again()
    } catch (refused) {
      say(refused instanceof Refusal ? refused.message : '没有办成，请重试')
    }
    setBusy(false)
  }
  return (
    <Drawer title={item.form} onClose={onClose}>
      <article className="announced">
        <h3>{item.title}</h3>
        <p className="sub">
          <Unbroken
            text={[item.from, item.number, spokenMinute(item.issuedAt), item.until && `有效至 ${item.until}`]
              .filter(Boolean)
              .join(' · ')}
          />
        </p>
        {error && <Trouble error={error} retry={refetch} />}
        {!error && !data && <Waiting lines={4} />}
        {data && <p className="body">{data.body}</p>}
        {data && data.attachments.length > 0 && (
          <p className="files">
            {data.attachments.map((file) => (
              <FileLink key={file.sha256} file={file} />
            ))}
          </p>
        )}
        {item.confirmedAt && (
          <p className="note good">
            <b>本单位已确认收到</b>
            {item.confirmedBy}，{spokenMinute(item.confirmedAt)}
          </p>
        )}
        {data?.confirmBy && !item.confirmedAt && (
          <p className="confirmbar">
            <button type="button" className="button primary" disabled={busy} onClick={confirm}>
              确认收到
            </button>
            {data.confirmBy < dayOf(Date.now()) ? (
              <span className="wrong">应于 {data.confirmBy} 前确认，已逾期，请尽快确认</span>
            ) : (
              <span className="sub">请于 {data.confirmBy} 前确认，本单位一人确认即可</span>
            )}
          </p>
        )}
      </article>
    </Drawer>
  )
}

function answerOf(items: readonly Announced[], view: View): string {
  if (view === 'past') return `过期的公告，${items.length} 份`
  const waiting = items.filter(({ confirmBy, confirmedAt }) => confirmBy && !confirmedAt).length
  const unread = items.filter(({ readAt }) => !readAt).length
  if (waiting > 0) return `${waiting} 份公告等本单位确认`
  return unread > 0 ? `${unread} 份公告还没有看` : '公告都看过了'
}

/** 收到的公告: what authorities announced to this unit, read and confirmed here. */
export default function Announcements({ operation }: { operation: Operation }) {
  const { query } = useRoute()
  const view: View = query.view === 'past' ? 'past' : 'now'
  const { data, error, refetch } = useQuery({
    queryKey: ['announcements', view],
    queryFn: () => run<{ items: Announced[] }>('list-announcements', { view }),
  })
  const go = (next: { view?: string; id?: string }) => navigate(path.operation(operation.name, next))
  const pastOrNot = view === 'past' ? 'past' : undefined
  const shown = data?.items.find(({ id }) => id === query.id)
  return (
    <>
      <Head title={data ? answerOf(data.items, view) : operation.title} sub={operation.help} />
      <nav className="tabs" aria-label="看哪些">
        <Link to={path.operation(operation.name)} aria-current={view === 'now' ? 'true' : undefined}>
          有效的
        </Link>
        <Link to={path.operation(operation.name, { view: 'past' })} aria-current={view === 'past' ? 'true' : undefined}>
          过期的
        </Link>
      </nav>
      {error && <Trouble error={error} retry={refetch} />}
      {!error && !data && <Waiting />}
      {data && query.id && !shown && <p className="note warn">这份公告已撤回、已过期，或不是发给本单位的。</p>}
      {data?.items.length === 0 && (
        <Empty title={view === 'past' ? '没有过期的公告' : '现在没有公告'}>
          <p>市局和县区局发布的通知、公告和警示会列在这里，同时发消息告诉您。</p>
        </Empty>
      )}
      {data && data.items.length > 0 && (
        <section className="card">
          <ul className="inbox announcements">
            {data.items.map((item) => (
              <Row key={item.id} item={item} open={() => go({ view: pastOrNot, id: item.id })} />
            ))}
          </ul>
        </section>
      )}
      {shown && <Sheet item={shown} again={refetch} onClose={() => go({ view: pastOrNot })} />}
    </>
  )
}
