import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { AskBox } from '../access/form.tsx'
import { call, Refusal, read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { ageOf, countOf, minuteOf, secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { channels, type Held, type HeldPage } from './held.ts'
import { MendOne } from './mend-one.tsx'
import '../input/input.css'
import '../review/review.css'

const states = [
  ['open', '待改正'],
  ['replayed', '已重放'],
  ['dropped', '已放弃'],
] as const

/** What is still wrong, or that it may be sent again. */
function Reason({ held }: { held: Held }) {
  if (held.state === 'dropped') return <>{`放弃：${held.dropReason}`}</>
  if (held.state === 'replayed') return <Tag tone="good">已入库</Tag>
  const { reason } = held
  if (reason.code === 'corrected') return <Tag tone="good">{reason.text}</Tag>
  const [first, ...more] = reason.problems
  return (
    <>
      {first?.text ?? reason.text}
      {more.length > 0 && <small>{`还有 ${more.length} 处`}</small>}
    </>
  )
}

/** Waits to be corrected, by whoever looks. */
const isMine = (held: Held): boolean => held.mine && held.state === 'open'

/** What was sent, in a few words. */
const gist = (held: Held): string =>
  Object.values(held.content ?? {})
    .filter((value): value is string => typeof value === 'string')
    .slice(0, 3)
    .map((value) => (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? minuteOf(value) : value))
    .join(' · ') || '事件文档'

type Doing = 'replace' | 'drop' | undefined

type ActsProps = { chosen: readonly Held[]; kind: string | undefined; done(left: readonly string[]): Promise<void> }

/** Acts on chosen rows: replace, Excel, replay, give up. Those that are not settled by it stay chosen. */
function Acts({ chosen, kind, done }: ActsProps) {
  const { kinds } = useCatalogue()
  const [doing, setDoing] = useState<Doing>()
  const [busy, setBusy] = useState(false)
  const ids = chosen.map((held) => held.id)
  const fields = kinds.find((each) => each.name === kind)?.fields ?? {}
  const one = chosen.length > 0 && chosen.every((held) => held.kind === chosen[0]?.kind) ? chosen[0]?.kind : undefined
  const own = kinds.find((each) => each.name === one)?.fields ?? fields
  const finish = async (said: string, left: readonly string[] = []) => {
    setDoing(undefined)
    await done(left)
    say(said)
  }
  const replay = async () => {
    setBusy(true)
    try {
      const { items } = await call<{ items: Pick<Held, 'id' | 'state'>[] }>('POST', '/api/v1/quarantine/replay', {
        ids,
      })
      const left = items.filter(({ state }) => state !== 'replayed').map(({ id }) => id)
      const good = `${items.length - left.length} 条已入库`
      await finish(left.length > 0 ? `${good}，${left.length} 条仍不符合，还选着` : good, left)
    } catch (error) {
      say(error instanceof Refusal ? error.message : '没有办成，请重试')
    }
    setBusy(false)
  }
  return (
    <div className="chosenacts">
      已选 {chosen.length} 条
      <button type="button" className="button primary" disabled={busy} onClick={replay}>
        重放
      </button>
      <button
        type="button"
        className="button"
        disabled={!one}
        title={one ? undefined : '请选择同一类记录'}
        onClick={() => setDoing('replace')}
      >
        查找替换…
      </button>
      <button type="button" className="button plain" onClick={() => setDoing('drop')}>
        放弃…
      </button>
      {doing === 'replace' && (
        <AskBox
          title={`在 ${chosen.length} 条里替换`}
          act="替换"
          fields={[
            {
              name: 'field',
              title: '字段',
              type: 'select',
              value: chosen[0]?.reason.problems[0]?.at.split('/')[1] ?? '',
              options: Object.entries(own)
                .filter(([, field]) => !field.derived)
                .map(([name, field]) => ({ value: name, title: field.title })),
            },
            { name: 'find', title: '找', help: '留空则只填没有填写的' },
            { name: 'put', title: '换成', help: '选项请填代码，可在接口文档里查' },
          ]}
          submit={async (values) => {
            const { changed } = await call<{ changed: number }>('POST', '/api/v1/quarantine/replace', {
              ids,
              ...values,
            })
            await finish(`${changed} 条已改`, ids)
          }}
          onClose={() => setDoing(undefined)}
        />
      )}
      {doing === 'drop' && (
        <AskBox
          title={`放弃 ${chosen.length} 条`}
          act="放弃"
          fields={[{ name: 'reason', title: '原因' }]}
          submit={async ({ reason }) => {
            const { dropped } = await call<{ dropped: number }>('POST', '/api/v1/quarantine/drop', { ids, reason })
            await finish(`${dropped} 条已放弃`)
          }}
          onClose={() => setDoing(undefined)}
        />
      )}
    </div>
  )
}

/** Excel out, and back in. */
function Sheets({ kind, done }: { kind: string; done(): Promise<void> }) {
  const file = useRef<HTMLInputElement>(null)
  const send = async (chosen: File) => {
    const response = await fetch(`/api/v1/quarantine/sheets/${kind}`, {
      method: 'POST',
      headers: { 'x-shisu': '1', 'content-type': 'application/octet-stream' },
      body: chosen,
    })
    const body = (await response.json()) as {
      changed?: number
      refused?: { row: number; text: string }[]
      detail?: string
    }
    if (!response.ok) return say(body.detail ?? '没有读成')
    const [first] = body.refused ?? []
    await done()
    say(`${body.changed} 条已改${first ? `，${body.refused?.length} 行没有改：第 ${first.row} 行 ${first.text}` : ''}`)
  }
  return (
    <>
      <a className="button" href={`/api/v1/quarantine/sheets/${kind}`} download>
        导出 Excel 去改
      </a>
      <button type="button" className="button" onClick={() => file.current?.click()}>
        上传改好的 Excel
      </button>
      <input
        ref={file}
        type="file"
        accept=".xlsx,.csv"
        hidden
        onChange={({ target }) => target.files?.[0] && send(target.files[0])}
      />
    </>
  )
}

/** Whatever came from outside and was refused: kept with its reason, corrected, and sent again. */
export default function Quarantine() {
  const { query } = useRoute()
  const { actor } = useSession()
  const { kinds, regions } = useCatalogue()
  const client = useQueryClient()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const state = query.state ?? 'open'
  const { data, error, refetch } = useQuery({
    queryKey: ['quarantine', state, query.kind, query.channel],
    queryFn: () =>
      read<HeldPage>('/api/v1/quarantine', { state, kind: query.kind, channel: query.channel, limit: '200' }),
  })
  if (error) return <Trouble error={error instanceof Refusal ? error : new Error()} retry={refetch} />
  if (!data) return <Waiting />
  const to = (change: Record<string, string | undefined>) => {
    const all = Object.entries({ state, kind: query.kind, channel: query.channel, ...change }).filter(
      (pair): pair is [string, string] => !!pair[1],
    )
    return `${path.desk('quarantine')}?${new URLSearchParams(all)}`
  }
  const done = async (left: readonly string[] = []) => {
    setChosen(left)
    await client.invalidateQueries({ queryKey: ['quarantine'] })
  }
  const mine = data.items.filter(isMine)
  const picked = mine.filter((held) => chosen.includes(held.id))
  const title =
    state !== 'open'
      ? `${states.find(([name]) => name === state)?.[1]} ${countOf(data.total)} 条`
      : data.total === 0
        ? '没有被拒收的数据'
        : `${countOf(data.total)} 条数据被拒收，等待改正`
  const columns: readonly Column<Held>[] = [
    {
      title: '数据',
      of: (held) => (
        <>
          <Link to={held.recordId && held.kind ? path.record(held.kind, held.recordId) : to({ id: held.id })}>
            {held.kindTitle}
          </Link>
          <small>{gist(held)}</small>
        </>
      ),
    },
    { title: '哪里不对', of: (held) => <Reason held={held} /> },
    ...(actor.role === 'enterprise'
      ? []
      : [
          {
            title: '谁送来的',
            of: (held: Held) => `${regions.find(({ code }) => code === held.region)?.title ?? ''} ${held.ownerTitle}`,
          },
        ]),
    {
      title: '来路',
      of: ({ channel, via }) => (
        <>
          {channels[channel]}
          {via && <small>{via}</small>}
        </>
      ),
    },
    {
      title: '已过',
      of: ({ receivedAt, times }) => (
        <>
          <time dateTime={receivedAt} title={secondOf(receivedAt)}>
            {ageOf(receivedAt)}
          </time>
          {times > 1 && <small>{`送了 ${times} 次`}</small>}
        </>
      ),
      as: 'short',
    },
  ]
  const one = data.items.find((held) => held.id === query.id)
  return (
    <>
      <Head
        title={title}
        sub="接口、文件和事件采集中不符合要求的数据都在这里，一条不丢；改好后重放，重复重放不会多出记录。"
      >
        {query.kind && mine.length > 0 && <Sheets kind={query.kind} done={done} />}
      </Head>
      <nav className="tabs" aria-label="状态">
        {states.map(([name, word]) => (
          <Link key={name} to={to({ state: name })} aria-current={state === name ? 'true' : undefined}>
            {word}
          </Link>
        ))}
        <select
          className="in"
          aria-label="哪类数据"
          value={query.kind ?? ''}
          onChange={(event) => navigate(to({ kind: event.target.value || undefined }))}
          style={{ width: 'auto' }}
        >
          <option value="">全部数据</option>
          {Object.entries(data.kinds)
            .filter(([name]) => name)
            .map(([name, count]) => (
              <option key={name} value={name}>
                {kinds.find((kind) => kind.name === name)?.title ?? name}（{count}）
              </option>
            ))}
        </select>
        <select
          className="in"
          aria-label="来路"
          value={query.channel ?? ''}
          onChange={(event) => navigate(to({ channel: event.target.value || undefined }))}
          style={{ width: 'auto' }}
        >
          <option value="">全部来路</option>
          {Object.entries(channels).map(([name, word]) => (
            <option key={name} value={name}>
              {word}
            </option>
          ))}
        </select>
      </nav>
      <Rows
        empty="这里没有数据"
        hint="接口、文件和采集里被拒收的数据会出现在这里，附上哪里不对。"
        items={data.items}
        keyOf={({ id }) => id}
        columns={columns}
        choice={mine.length > 0 ? { chosen, choose: setChosen, nameOf: gist, may: isMine } : undefined}
        foot={picked.length > 0 && <Acts chosen={picked} kind={query.kind} done={done} />}
      />
      {one && (
        <MendOne
          key={`${one.id} ${one.version}`}
          id={one.id}
          onClose={() => navigate(to({ id: undefined }))}
          done={done}
        />
      )}
    </>
  )
}
