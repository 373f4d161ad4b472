import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { DefinitionForm, DefinitionPage, useAttempt } from '../define/frame.tsx'
import type { Indicator } from '../indicators/indicator.ts'
import { useSources } from '../review/sources.ts'
import { call, read } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { navigate } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import { BlockForm, BlockHead, blankBlock, type Offered } from './blocks.tsx'
import { Paper } from './paper.tsx'
import { type Block, type BlockType, type Body, blockTitles, cadences, type Piece, type Template } from './report.ts'

type Preview = { title: string; asOf: string; from: string; to: string; content: { pieces: Piece[] } }
type Known = Omit<Offered, 'wrong'>

const blank: Body = {
  cadence: 'month',
  auto: false,
  counties: false,
  blocks: [{ is: 'text', text: '{期间}，{区域}' }],
  named: {},
}

/** When it is made, and for whom. */
function Frame({ body, change }: { body: Body; change(next: Partial<Body>): void }) {
  const { actor } = useSession()
  return (
    <div className="pair">
      <label>
        种类
        <select
          className="in"
          value={body.cadence}
          onChange={({ target }) => change({ cadence: target.value as Body['cadence'] })}
        >
          {Object.entries(cadences).map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        怎样生成
        <select
          className="in"
          value={String(body.auto)}
          onChange={({ target }) => change({ auto: target.value === 'true' })}
        >
          <option value="false">需要时手工生成</option>
          <option value="true">每期结束后自动生成并通知</option>
        </select>
      </label>
      {actor.role === 'city' && (
        <label>
          给谁
          <select
            className="in"
            value={String(body.counties)}
            onChange={({ target }) => change({ counties: target.value === 'true' })}
          >
            <option value="false">只给市级</option>
            <option value="true">市级，和各县区各一份</option>
          </select>
        </label>
      )}
    </div>
  )
}

function Blocks({
  blocks,
  set,
  offered,
}: {
  blocks: readonly Block[]
  set(next: readonly Block[]): void
  offered: Offered
}) {
  const put = (at: number, next: Block) => set(blocks.map((each, index) => (index === at ? next : each)))
  const move = (at: number, by: -1 | 1) => {
    const next = [...blocks]
    const [taken] = next.splice(at, 1)
    if (taken) next.splice(at + by, 0, taken)
    set(next)
  }
  return (
    <div className="builder blocks">
      {blocks.map((block, at) => {
        const wrong = [...offered.wrong].filter(
          ([place]) => place === `/blocks/${at}` || place.startsWith(`/blocks/${at}/`),
        )
        return (
          <fieldset
            className="block"
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no name but their place
            key={at}
            aria-label={`第 ${at + 1} 块`}
            data-wrong={wrong.length > 0 ? '' : undefined}
          >
            <BlockHead
              is={block.is}
              at={at}
              last={at === blocks.length - 1}
              move={(by) => move(at, by)}
              remove={() => set(blocks.filter((_, index) => index !== at))}
            />
            <BlockForm block={block} change={(next) => put(at, next)} offered={offered} at={`/blocks/${at}`} />
            {wrong.map(([place, text]) => (
              <p className="wrong" key={place}>
                {text}
              </p>
            ))}
          </fieldset>
        )
      })}
      <div className="adds">
        {Object.entries(blockTitles).map(([is, title]) => (
          <button
            key={is}
            type="button"
            className="button small"
            onClick={() => set([...blocks, blankBlock(is as BlockType, offered)])}
          >
            加{title}
          </button>
        ))}
      </div>
    </div>
  )
}

function Form({ template, known }: { template?: Template; known: Known }) {
  const client = useQueryClient()
  const [title, setTitle] = useState(template?.title ?? '')
  const [body, setBody] = useState<Body>(template?.body ?? blank)
  const { attempt, busy, refusal } = useAttempt()
  const [preview, setPreview] = useState<Preview>()
  const wrong = new Map(refusal?.problems.map(({ at, text }) => [at, text]))
  const save = (state: Template['state']) =>
    attempt(async () => {
      const given = { title, body, state }
      if (template)
        await call('PUT', `/api/v1/report-templates/${template.id}`, { ...given, version: template.version })
      else await call('POST', '/api/v1/report-templates', given)
      await client.invalidateQueries({ queryKey: ['report-templates'] })
      await client.invalidateQueries({ queryKey: ['report-template'] })
      say(state === 'on' ? '模板已启用' : state === 'off' ? '模板已停用' : '已存为草稿')
      navigate(path.desk('reports', { tab: 'templates' }), { leave: true })
    })
  const general = refusal?.problems.filter(({ at }) => !at.startsWith('/blocks/') && at !== '/title')
  return (
    <>
      <DefinitionForm of={template}>
        <label>
          模板名称
          <input className="in" value={title} maxLength={60} onChange={({ target }) => setTitle(target.value)} />
          {wrong.get('/title') && <span className="wrong">{wrong.get('/title')}</span>}
        </label>
        <Frame body={body} change={(next) => setBody({ ...body, ...next })} />
        <Blocks blocks={body.blocks} set={(blocks) => setBody({ ...body, blocks })} offered={{ ...known, wrong }} />
        {refusal && <p className="note bad">{general?.[0]?.text ?? refusal.message}</p>}
        <div className="acts">
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() =>
              attempt(async () =>
                setPreview(await call<Preview>('POST', '/api/v1/report-templates/try', { title, body })),
              )
            }
          >
            {busy ? '请稍候…' : '用上一期数据预览'}
          </button>
          <button type="button" className="button primary" disabled={busy} onClick={() => save('on')}>
            保存并启用
          </button>
          {(!template || template.state === 'draft') && (
            <button type="button" className="button" disabled={busy} onClick={() => save('draft')}>
              存为草稿
            </button>
          )}
          {template?.state === 'on' && (
            <button type="button" className="button danger" disabled={busy} onClick={() => save('off')}>
              停用
            </button>
          )}
        </div>
      </DefinitionForm>
      {preview && (
        <div className="paper preview">
          <Paper title={preview.title} pieces={preview.content.pieces}>
            预览，没有保存 · 期间 {preview.from} 至 {preview.to} · 数据时间 {minuteOf(preview.asOf)}
          </Paper>
        </div>
      )}
    </>
  )
}

/** A report template: put together from blocks, looked at with the last period's data, then switched on. */
export default function TemplateEditor({ id }: { id: string }) {
  const sources = useSources()
  const isNew = id === 'new'
  const { data, error, refetch } = useQuery({
    queryKey: ['report-template', id],
    queryFn: () => read<Template>(`/api/v1/report-templates/${id}`),
    enabled: !isNew,
  })
  const indicators = useQuery({
    queryKey: ['indicators'],
    queryFn: () => read<{ items: Indicator[] }>('/api/v1/indicators'),
  })
  const words = useQuery({
    queryKey: ['report-templates'],
    queryFn: () => read<{ placeholders: string[] }>('/api/v1/report-templates'),
  })
  const trouble = error ?? sources.error ?? indicators.error ?? words.error
  if (trouble) return <Trouble error={trouble} retry={refetch} />
  if (!sources.data || !indicators.data || !words.data || (!isNew && !data)) return <Waiting />
  const known: Known = {
    sources: sources.data.sources.filter(({ isEvents }) => !isEvents),
    indicators: indicators.data.items
      .filter(({ state }) => state === 'on')
      .map(({ id: own, title, body }) => ({ id: own, title, hasCategory: body.category !== undefined })),
    placeholders: words.data.placeholders,
  }
  return (
    <DefinitionPage
      of={data}
      blank="新建报告模板"
      how="加内容块，预览，再启用。"
      back={{ title: '报表中心', to: path.desk('reports', { tab: 'templates' }) }}
    >
      <Form key={data?.version ?? 0} template={data} known={known} />
    </DefinitionPage>
  )
}
