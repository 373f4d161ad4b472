import { useState } from 'react'
import { call } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { secondOf } from '../shell/time.ts'
import { Empty } from '../ui/empty.tsx'
import { RowTable } from '../ui/rows.tsx'
import { Ask } from './form.tsx'

type Found = {
  id: string
  at: string
  actorName: string
  ownerTitle: string
  kind: string
  title: string
  address: string
}
type Answer = { number: string | null; items: Found[] }

/** The request's body has an end: enough rows of a file stand in its beginning. */
const bytesMax = 5 * 1024 * 1024

/** What a file tells: a workbook as its bytes, anything else as text. */
async function read(file: File): Promise<{ book: string } | { text: string }> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer())
  if (head[0] !== 0x50 || head[1] !== 0x4b) return { text: await file.slice(0, bytesMax).text() }
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  for (let at = 0; at < bytes.length; at += 32_768) binary += String.fromCharCode(...bytes.subarray(at, at + 32_768))
  return { book: btoa(binary) }
}

function Result({ number, items }: Answer) {
  const { kindTitles = {} } = useCatalogue()
  if (!number)
    return (
      <Empty title="没有读出编号">
        片段太短、被重新录入过，或者不是从这里导出的。换一段更长的，或查打印件下方的编号。
      </Empty>
    )
  if (items.length === 0) return <Empty title={`编号 ${number}：审计里没有这次导出`} />
  return (
    <RowTable
      items={items}
      keyOf={({ id }) => id}
      columns={[
        { title: '时间', of: ({ at }) => secondOf(at), as: 'short' },
        {
          title: '谁导出的',
          of: (each) => (
            <>
              <b>{each.actorName}</b>
              <small>{each.ownerTitle}</small>
            </>
          ),
        },
        { title: '内容', of: (each) => each.title || (kindTitles[each.kind] ?? each.kind) },
        { title: '来源', of: ({ address }) => address, as: 'code' },
      ]}
    />
  )
}

/** Whose export a leaked file, a pasted piece of it or a printed page is. */
export default function Leaks() {
  const [found, setFound] = useState<Answer>()
  const find = async (body: object) => setFound(await call<Answer>('POST', '/api/v1/audit/leaks', body))
  return (
    <>
      <Head
        title="泄露溯源"
        sub="含个人信息的导出都带着看不见的编号。放进外泄的文件或其中几十行，就知道是谁、什么时候导出的。"
      />
      <div className="stack">
        <section className="card narrow">
          <div className="padded">
            <label className="button">
              选择文件（CSV 或 Excel）
              <input
                type="file"
                className="unseen"
                accept=".csv,.txt,.xlsx"
                onChange={async ({ target }) => {
                  const file = target.files?.[0]
                  target.value = ''
                  if (file) await find(await read(file))
                }}
              />
            </label>
          </div>
          <div className="padded">
            <Ask
              act="查是谁导出的"
              fields={[
                { name: 'text', title: '或粘贴文件里的文字', type: 'area' },
                { name: 'number', title: '或填打印件下方的编号', help: '八位，如 0badf00d' },
              ]}
              submit={({ text, number }) => find(number ? { number } : { text })}
            />
          </div>
        </section>
        {found && (
          <section className="card">
            <h2>结果{found.number && <small className="mono"> 编号 {found.number}</small>}</h2>
            <Result {...found} />
          </section>
        )}
      </div>
    </>
  )
}
