import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { Tag } from '../ui/shape.tsx'
import { useOutbox } from './use-outbox.ts'
import './outbox.css'

/** The state of the outbox, always in sight: how many items wait, or need the user. */
export function OutboxBadge() {
  const items = useOutbox()
  const stuck = items.filter((item) => item.state !== 'waiting').length
  return (
    <Link className="outboxbadge" to={path.outbox()} title="待送：没有网络时登记的内容">
      {stuck > 0 ? (
        <Tag tone="bad">{stuck} 条没送成</Tag>
      ) : items.length > 0 ? (
        <Tag tone="warn">待送 {items.length}</Tag>
      ) : (
        <Tag tone="good">已全部送出</Tag>
      )}
    </Link>
  )
}
