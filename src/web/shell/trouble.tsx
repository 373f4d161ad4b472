import { useState } from 'react'
import { Empty } from '../ui/empty.tsx'
import { Refusal } from './api.ts'
import { path } from './path.ts'
import { Link } from './router.tsx'

function sentence(error: unknown): { title: string; text: string } {
  if (!(error instanceof Refusal)) return { title: '页面出了问题', text: '请刷新页面再试。' }
  if (error.status === 0) return { title: '网络不通', text: '请检查网络，然后重试。' }
  if (error.status === 403) return { title: '您没有这项权限', text: error.message }
  if (error.status === 404) return { title: '没有找到', text: error.message }
  if (error.status >= 500) return { title: '服务器出了问题', text: '不是您的操作有误，请稍后重试。' }
  return { title: '没有办成', text: error.message }
}

/** A page or a part of one that could not be shown: what happened, and what to do. */
export function Trouble({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const { title, text } = sentence(error)
  const requestId = error instanceof Refusal && error.status >= 500 ? error.requestId : undefined
  const [copied, setCopied] = useState(false)
  const final = error instanceof Refusal && (error.status === 403 || error.status === 404)
  return (
    <Empty title={title}>
      <p>{text}</p>
      {requestId && (
        <p className="muted">
          报修时请提供编号 <span className="mono">{requestId}</span>{' '}
          <button
            type="button"
            className="link"
            onClick={() => navigator.clipboard?.writeText(requestId).then(() => setCopied(true))}
          >
            {copied ? '已复制' : '复制'}
          </button>
        </p>
      )}
      {retry && !final && (
        <button type="button" className="button" onClick={() => retry()}>
          重试
        </button>
      )}
      {final && (
        <Link className="button" to={path.home()}>
          回到工作台
        </Link>
      )}
    </Empty>
  )
}
