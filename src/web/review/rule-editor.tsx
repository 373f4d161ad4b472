import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { condition } from '../../language/expression/index.ts'
import { DefinitionForm, DefinitionPage, useAttempt } from '../define/frame.tsx'
import { call, Refusal, read } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { RowTable } from '../ui/rows.tsx'
import { say } from '../ui/toast.tsx'
import { Builder } from './builder.tsx'
import { dimensions, levels, type Rule, type RuleBody, type Trial } from './rule.ts'
import { contextOf, type OfferedSource, useLaws, useSources } from './sources.ts'

const list = `${path.desk('review')}?tab=rules`

/** What a trial on history said, with examples to look at. */
function TrialResult({ trial, source }: { trial: Trial; source: OfferedSource }) {
  return (
    <div className="card" role="status">
      <h2>
        试查 {trial.records} 条，{trial.broken === 0 ? '没有查出问题' : `查出 ${trial.broken} 条有问题`}
      </h2>
      {trial.hitsAll && <p className="note warn">几乎每一条都有问题：规则多半写反了，请核对要求的写法。</p>}
      <div className="tally">
        <span>
          <b>{trial.applied}</b>适用
        </span>
        <span>
          <b>{trial.broken}</b>有问题
        </span>
        <span>
          <b>{trial.undecided}</b>无法判断（没有填写或除数为 0）
        </span>
        <span>
          <b>{trial.ms}</b>毫秒
        </span>
      </div>
      {trial.examples.length > 0 && (
        <RowTable
          items={trial.examples}
          keyOf={({ id }) => id}
          columns={[
            {
              title: '例子',
              of: (each) => <Link to={path.record(source.name, each.id)}>{each.title || '（没有名称）'}</Link>,
            },
            { title: '单位', of: ({ owner }) => owner },
          ]}
        />
      )}
    </div>
  )
}

type Draft = { title: string; body: RuleBody }

function Form({ rule, sources }: { rule?: Rule; sources: OfferedSource[] }) {
  const kinds = sources.filter((each) => !each.isEvents)
  const client = useQueryClient()
  const [draft, setDraft] = useState<Draft>({
    title: rule?.title ?? '',
    body: rule?.body ?? { source: kinds[0]?.name ?? '', dimension: 'correctness', level: 'warn' },
  })
  const [trial, setTrial] = useState<Trial>()
  const laws = useLaws()
  const { attempt, busy, refusal, forget } = useAttempt()
  const { body } = draft
  const source = kinds.find((each) => each.name === body.source)
  const change = (next: Partial<RuleBody>) => {
    setDraft({ ...draft, body: { ...body, ...next } })
    setTrial(undefined)
    forget()
  }
  const reading = useMemo(() => {
    if (!source) return undefined
    const context = contextOf(source, sources, laws)
    return {
      must: body.must && condition(context, body.must, '/must'),
      when: body.when && condition(context, body.when, '/when'),
    }
  }, [source, sources, laws, body])
  if (!source) return null
  const problems = [
    ...(refusal?.problems ?? []),
    ...(reading?.must?.problems ?? []),
    ...(reading?.when?.problems ?? []),
  ]
  const wrong = new Map(problems.map(({ at, text }) => [at.replace(/^\/body/, ''), text]))
  const ready = reading?.must?.made && !(body.when && !reading.when?.made)
  const words =
    reading?.must?.made &&
    `${reading.when?.made ? `如果${reading.when.made.words}，那么 ` : ''}${reading.must.made.words}`
  const save = async (): Promise<Rule> => {
    const saved = rule
      ? await call<Rule>('PUT', `/api/v1/review-rules/${rule.id}`, { ...draft, version: rule.version })
      : await call<Rule>('POST', '/api/v1/review-rules', draft)
    await client.invalidateQueries({ queryKey: ['review-rules'] })
    return saved
  }
  const switchTo = async (of: Rule, state: 'on' | 'off', confirm = false): Promise<void> => {
    try {
      await call('POST', `/api/v1/review-rules/${of.id}/state`, { state, version: of.version, confirm })
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'matches-everything' || !window.confirm(error.message))
        throw error
      return switchTo(of, state, true)
    }
    await Promise.all(
      ['review-rules', 'review-rule', 'findings'].map((name) => client.invalidateQueries({ queryKey: [name] })),
    )
    say(state === 'on' ? '规则已启用，历史数据已查过一遍' : '规则已停用')
    navigate(list, { leave: true })
  }
  return (
    <>
      <DefinitionForm of={rule}>
        <label>
          规则名称
          <input
            className="in"
            value={draft.title}
            maxLength={60}
            onChange={(event) => setDraft({ ...draft, title: event.target.value })}
          />
          {wrong.get('/title') && <span className="wrong">{wrong.get('/title')}</span>}
        </label>
        <div className="pair">
          <label>
            查哪类记录
            <select
              className="in"
              value={body.source}
              onChange={(event) => change({ source: event.target.value, must: undefined, when: undefined })}
            >
              {kinds.map((each) => (
                <option key={each.name} value={each.name}>
                  {each.title}
                </option>
              ))}
            </select>
          </label>
          <label>
            查什么
            <select
              className="in"
              value={body.dimension}
              onChange={(event) => change({ dimension: event.target.value as RuleBody['dimension'] })}
            >
              {Object.entries(dimensions).map(([name, title]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          <label>
            严重程度
            <select
              className="in"
              value={body.level}
              onChange={(event) => change({ level: event.target.value as RuleBody['level'] })}
            >
              {Object.entries(levels).map(([name, title]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </label>
        </div>
        <fieldset>
          <legend>只对这样的记录适用（可不填）</legend>
          <Builder
            condition={body.when}
            change={(when) => change({ when })}
            place={{ fields: source.fields, sources, at: '/when', wrong }}
            empty="对全部记录适用。"
          />
        </fieldset>
        <fieldset>
          <legend>记录应当</legend>
          <Builder
            condition={body.must}
            change={(must) => change({ must })}
            place={{ fields: source.fields, sources, at: '/must', wrong }}
            empty="还没有要求，请加一个条件。"
          />
        </fieldset>
        <label>
          整改建议（可不填）
          <input
            className="in"
            value={body.advice ?? ''}
            maxLength={200}
            onChange={(event) => change({ advice: event.target.value || undefined })}
          />
        </label>
        <label>
          查出问题时交办给
          <select
            className="in"
            value={body.task ?? ''}
            onChange={({ target: { value } }) => change({ task: (value || undefined) as RuleBody['task'] })}
          >
            <option value="">不交办，只列在数据审核里</option>
            <option value="owner">记录所属单位（改正后待办自动办结）</option>
            <option value="authority">辖区监管部门（改正后待办自动办结）</option>
          </select>
        </label>
        {words && <p className="sentence">{words}</p>}
        {refusal && <p className="note bad">{refusal.message}</p>}
        <div className="acts">
          <button
            type="button"
            className="button primary"
            disabled={!ready || busy}
            onClick={() => attempt(async () => setTrial(await call<Trial>('POST', '/api/v1/review-rules/try', body)))}
          >
            {busy ? '请稍候…' : '在历史数据上试查'}
          </button>
          <button
            type="button"
            className="button"
            disabled={!trial || busy}
            title={trial ? undefined : '先试查，再启用'}
            onClick={() => attempt(async () => switchTo(await save(), 'on'))}
          >
            保存并启用
          </button>
          <button
            type="button"
            className="button"
            disabled={!ready || busy}
            onClick={() =>
              attempt(async () => {
                await save()
                say('已存为草稿')
                navigate(list, { leave: true })
              })
            }
          >
            存为草稿
          </button>
          {rule?.state === 'on' && (
            <button
              type="button"
              className="button danger"
              disabled={busy}
              onClick={() => attempt(() => switchTo(rule, 'off'))}
            >
              停用
            </button>
          )}
        </div>
      </DefinitionForm>
      {trial && <TrialResult trial={trial} source={source} />}
    </>
  )
}

/** One rule: built from fields, read back as a sentence, tried on history, then switched on. */
export default function RuleEditor({ id }: { id: string }) {
  const sources = useSources()
  const isNew = id === 'new'
  const { data, error, refetch } = useQuery({
    queryKey: ['review-rule', id],
    queryFn: () => read<Rule>(`/api/v1/review-rules/${id}`),
    enabled: !isNew,
  })
  if (error || sources.error) return <Trouble error={error ?? sources.error} retry={refetch} />
  if (!sources.data || (!isNew && !data)) return <Waiting />
  return (
    <DefinitionPage
      of={data}
      blank="新建审核规则"
      how="从字段里选，不用写代码；写好后先试查。"
      back={{ title: '审核规则', to: list }}
    >
      <Form key={data?.version ?? 0} rule={data} sources={sources.data.sources} />
    </DefinitionPage>
  )
}
