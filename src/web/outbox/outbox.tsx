import { useState } from 'react'
import { placeInWords } from '../record/content.ts'
import { type OwnKind, useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { ageOf, minuteOf } from '../shell/time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { FieldLists } from './field-lists.tsx'
import type { Item } from './item.ts'
import { dropItem, saveItem } from './items.ts'
import { flush } from './send.ts'
import { useOutbox } from './use-outbox.ts'
import './outbox.css'

const acts = { create: '新登记', change: '修改', step: '办理', void: '作废' } as const

function StateTag({ item }: { item: Item }) {
  if (item.state === 'conflict') return <Tag tone="bad">与别人的修改冲突</Tag>
  if (item.state === 'refused') return <Tag tone="bad">没有被接受</Tag>
  return <Tag tone="warn">等待送出</Tag>
}

function Why({ item, kind }: { item: Item; kind: OwnKind | undefined }) {
  const { refused } = item
  if (!refused) return null
  if (item.state === 'waiting')
    return (
      <p className="sub">
        {item.triedAt && `${minuteOf(item.triedAt).slice(11)} 试过`}，{refused.detail}
      </p>
    )
  return (
    <div className="wrong">
      {refused.problems.length === 0 && <p>{refused.detail}</p>}
      <ul>
        {refused.problems.slice(0, 5).map((problem) => (
          <li key={problem.at + problem.code}>
            {kind && placeInWords(kind.fields, problem.at)} {problem.text}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Discard({ item, onClose }: { item: Item; onClose(): void }) {
  return (
    <Dialog title="不要这条了？" onClose={onClose}>
      <p>
        {item.kindTitle} {item.title} 还没有送到服务器，丢弃后找不回来。
      </p>
      <div className="acts">
        <button type="button" className="button" onClick={onClose}>
          留着
        </button>
        <button type="button" className="button danger" onClick={() => dropItem(item).then(onClose)}>
          丢弃
        </button>
      </div>
    </Dialog>
  )
}

function Entry({ item }: { item: Item }) {
  const kind = useCatalogue().kinds.find((each) => each.name === item.kind)
  const [discarding, setDiscarding] = useState(false)
  return (
    <li className="card">
      <header>
        <b>{item.title}</b>
        <span className="sub">
          {item.kindTitle} · {item.step?.title ?? acts[item.act]} · {ageOf(item.at)}
          {ageOf(item.at) === '刚刚' ? '' : '前'}填写
        </span>
        <StateTag item={item} />
      </header>
      <div className="acts">
        <button type="button" className="button plain" onClick={() => setDiscarding(true)}>
          丢弃
        </button>
        {kind && (
          <Link className={item.state === 'waiting' ? 'button' : 'button primary'} to={path.outbox(item.id)}>
            {item.state === 'waiting' ? '修改' : '去改正'}
          </Link>
        )}
      </div>
      <Why item={item} kind={kind} />
      {discarding && <Discard item={item} onClose={() => setDiscarding(false)} />}
    </li>
  )
}

async function sendAll(items: readonly Item[]): Promise<void> {
  for (const item of items)
    if (item.state === 'refused') await saveItem({ ...item, state: 'waiting', refused: undefined })
  await flush()
}

/** Everything written here that the server has not taken yet. */
export default function Outbox() {
  const items = useOutbox()
  const [busy, setBusy] = useState(false)
  const stuck = items.filter((item) => item.state !== 'waiting').length
  const send = async () => {
    setBusy(true)
    await sendAll(items).catch(() => say('没有送成，请稍后再试'))
    setBusy(false)
  }
  const title =
    items.length === 0
      ? '都已送出'
      : stuck > 0
        ? `${items.length} 条还没有送出，其中 ${stuck} 条要您改正`
        : `${items.length} 条等待送出`
  return (
    <>
      <Head title={title} sub="没有网络时填写的内容先存在这台设备上，恢复网络后自动送出，只由登记它的账号送出。">
        {items.length > 0 && (
          <button type="button" className="button primary" disabled={busy} onClick={send}>
            {busy ? '正在送出…' : '现在送出'}
          </button>
        )}
      </Head>
      {items.length > 0 ? (
        <ul className="outbox">
          {items.map((item) => (
            <Entry key={item.id} item={item} />
          ))}
        </ul>
      ) : (
        <div className="card">
          <Empty title="没有待送的内容">
            <p>没有网络也可以登记，内容会先出现在这里。</p>
          </Empty>
        </div>
      )}
      <FieldLists />
    </>
  )
}
