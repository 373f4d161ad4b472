import { useQueryClient } from '@tanstack/react-query'
import { type ChangeEvent, type FormEvent, useState } from 'react'
import type { CommentShown, PersonShown } from '../../platform/casework/wire.ts'
import { sha256 as sha256Of } from '../input/sha256.ts'
import { call, Refusal, sendFile } from '../shell/api.ts'
import { spokenMinute } from '../shell/time.ts'

type Attached = { sha256: string; name: string }

/** The people whose names stand after an @ in the text. */
export function mentionedIn(text: string, people: readonly PersonShown[]): PersonShown[] {
  return people.filter((person) => text.includes(`@${person.name}`))
}

function Shown({ comment, href }: { comment: CommentShown; href: (sha256: string) => string }) {
  return (
    <article className="comment">
      <header>
        <b>{comment.name}</b>
        <small>
          {comment.byTitle} · {spokenMinute(comment.at)}
          {comment.audience === 'side' && ' · 仅内部可见'}
        </small>
      </header>
      <p>{comment.text}</p>
      {comment.files.map((file) => (
        <a key={file.sha256} href={href(file.sha256)} target="_blank" rel="noreferrer">
          {file.name}
        </a>
      ))}
    </article>
  )
}

function Write({ at, people }: { at: { kind: string; id: string }; people: PersonShown[] }) {
  const client = useQueryClient()
  const [text, setText] = useState('')
  const [inside, setInside] = useState(false)
  const [files, setFiles] = useState<Attached[]>([])
  const [wrong, setWrong] = useState<string>()
  const [busy, setBusy] = useState(false)
  const typed = /@([^\s@]*)$/.exec(text)?.[1]
  const offered = typed === undefined ? [] : people.filter((person) => person.name.includes(typed)).slice(0, 6)
  const told = (error: unknown) => setWrong(error instanceof Refusal ? error.message : '没有办成，请重试')
  const attach = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = [...(event.target.files ?? [])]
    event.target.value = ''
    setBusy(true)
    for (const file of chosen) {
      try {
        const sha256 = sha256Of(new Uint8Array(await file.arrayBuffer()))
        await sendFile(sha256, file)
        setFiles((before) => [...before, { sha256, name: file.name }])
      } catch (error) {
        told(error)
      }
    }
    setBusy(false)
  }
  const send = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setWrong(undefined)
    try {
      const mentions = mentionedIn(text, people).map((person) => person.id)
      const body = { text, audience: inside ? 'side' : 'all', mentions, files }
      await call('POST', `/api/v1/records/${at.kind}/${at.id}/comments`, body)
      setText('')
      setFiles([])
      client.invalidateQueries({ queryKey: ['casework'] })
    } catch (error) {
      told(error)
    }
    setBusy(false)
  }
  return (
    <form className="write" onSubmit={send}>
      <textarea
        aria-label="批注"
        rows={2}
        value={text}
        placeholder="写批注，@ 可以提醒人"
        onChange={(event) => setText(event.target.value)}
      />
      {offered.length > 0 && (
        <div className="offered">
          {offered.map((person) => (
            <button
              type="button"
              key={person.id}
              className="button small"
              onClick={() => setText(text.replace(/@[^\s@]*$/, `@${person.name} `))}
            >
              {person.name}
              <small className="muted">{person.ownerTitle}</small>
            </button>
          ))}
        </div>
      )}
      {files.map((file) => (
        <small key={file.sha256}>附件：{file.name}</small>
      ))}
      {wrong && <p className="wrong">{wrong}</p>}
      <div className="rowacts">
        <label className="button plain small">
          加附件
          <input
            type="file"
            className="unseen"
            accept="image/jpeg,image/png,image/webp,application/pdf"
            multiple
            onChange={attach}
          />
        </label>
        <label className="ticked">
          <input type="checkbox" checked={inside} onChange={(event) => setInside(event.target.checked)} /> 仅内部可见
        </label>
        <button type="submit" className="button small" disabled={busy || text.trim() === ''}>
          {busy ? '请稍候…' : '发表'}
        </button>
      </div>
    </form>
  )
}

/** 批注 with files; whoever is named after an @ gets a task and a message. */
export function Comments(props: {
  at: { kind: string; id: string }
  comments: CommentShown[]
  people: PersonShown[]
  mayComment: boolean
}) {
  const { at, comments, people, mayComment } = props
  if (comments.length === 0 && !mayComment) return null
  return (
    <section className="card noprint">
      <h2>批注和附件</h2>
      {comments.map((comment) => (
        <Shown
          key={comment.id}
          comment={comment}
          href={(sha256) => `/api/v1/records/${at.kind}/${at.id}/comments/${comment.id}/files/${sha256}`}
        />
      ))}
      {mayComment && <Write at={at} people={people} />}
    </section>
  )
}
