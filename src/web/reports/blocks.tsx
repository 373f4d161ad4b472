import { Builder } from '../review/builder.tsx'
import type { OfferedSource } from '../review/sources.ts'
import { type Block, blockTitles, type ListBlock, type Spread, spreads } from './report.ts'

export type Offered = {
  sources: readonly OfferedSource[]
  indicators: readonly { id: string; title: string; hasCategory: boolean }[]
  placeholders: readonly string[]
  wrong: ReadonlyMap<string, string>
}

type Props<B extends Block = Block> = { block: B; change(next: Block): void; offered: Offered; at: string }

/** A new block of a type, with what is most likely wanted. */
export function blankBlock(is: Block['is'], { sources, indicators }: Offered): Block {
  const indicator = indicators[0]?.id ?? ''
  switch (is) {
    case 'heading':
    case 'text':
      return { is, text: '' }
    case 'figures':
      return { is, indicators: indicators.slice(0, 3).map(({ id }) => id) }
    case 'table':
    case 'chart':
      return { is, indicator, along: is === 'chart' ? 'trend' : 'region' }
    case 'ranking':
      return { is, indicator, along: 'region', top: 10 }
    case 'list': {
      const source = sources[0]
      return { is, source: source?.name ?? '', basis: source?.moments[0] ?? '', columns: [], most: 20 }
    }
  }
}

/** A text with buttons that put names into it. */
function Words({ block, change, offered }: Props<Extract<Block, { is: 'text' | 'heading' }>>) {
  const put = (name: string) => name && change({ ...block, text: `${block.text}{${name}}` })
  return (
    <>
      {block.is === 'heading' ? (
        <input
          className="in"
          aria-label="标题文字"
          maxLength={60}
          value={block.text}
          onChange={({ target }) => change({ ...block, text: target.value })}
        />
      ) : (
        <textarea
          className="in"
          aria-label="正文文字"
          rows={3}
          maxLength={2000}
          value={block.text}
          onChange={({ target }) => change({ ...block, text: target.value })}
        />
      )}
      <select className="in" aria-label="插入" value="" onChange={({ target }) => put(target.value)}>
        <option value="">插入期间、区域或指标数值…</option>
        {offered.placeholders.map((name) => (
          <option key={name}>{name}</option>
        ))}
        {offered.indicators.map(({ id, title }) => (
          <option key={id} value={title}>
            指标：{title}
          </option>
        ))}
      </select>
    </>
  )
}

function Figures({ block, change, offered }: Props<Extract<Block, { is: 'figures' }>>) {
  return (
    <span className="checks">
      {offered.indicators.map(({ id, title }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={block.indicators.includes(id)}
            onChange={({ target: { checked } }) =>
              change({
                ...block,
                indicators: checked ? [...block.indicators, id] : block.indicators.filter((each) => each !== id),
              })
            }
          />
          {title}
        </label>
      ))}
    </span>
  )
}

function Split({ block, change, offered }: Props<Extract<Block, { along: string }>>) {
  const chosen = offered.indicators.find(({ id }) => id === block.indicator)
  const fits = (name: string) =>
    (name !== 'category' || chosen?.hasCategory) && (block.is !== 'ranking' || (name !== 'time' && name !== 'trend'))
  return (
    <span className="withunit">
      <select
        className="in"
        aria-label="指标"
        value={block.indicator}
        onChange={({ target }) => change({ ...block, indicator: target.value })}
      >
        <option value="">请选择指标</option>
        {offered.indicators.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
      <select
        className="in"
        aria-label="怎样展开"
        value={block.along}
        onChange={({ target }) => change({ ...block, along: target.value as Spread })}
      >
        {Object.entries(spreads)
          .filter(([name]) => fits(name))
          .map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
      </select>
      {block.is === 'ranking' && (
        <label className="withunit">
          前
          <input
            className="in"
            type="number"
            aria-label="名次"
            min={1}
            max={50}
            value={block.top}
            onChange={({ target }) => change({ ...block, top: Number(target.value) })}
          />
          名
        </label>
      )}
    </span>
  )
}

const unlisted = ['snapshot', 'place', 'photo', 'file', 'signature', 'lines']

function List({ block, change, offered, at }: Props<ListBlock>) {
  const source = offered.sources.find(({ name }) => name === block.source)
  const columns = Object.entries(source?.fields ?? {}).filter(
    ([, field]) => !unlisted.includes(field.type) && field.class !== 'personal' && field.class !== 'secret',
  )
  return (
    <>
      <span className="withunit">
        <select
          className="in"
          aria-label="列哪类记录"
          value={block.source}
          onChange={({ target: { value } }) => {
            const next = offered.sources.find(({ name }) => name === value)
            change({ ...block, source: value, basis: next?.moments[0] ?? '', columns: [], where: undefined })
          }}
        >
          {offered.sources.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
        <select
          className="in"
          aria-label="按哪个时间"
          value={block.basis}
          onChange={({ target }) => change({ ...block, basis: target.value })}
        >
          {source?.moments.map((name) => (
            <option key={name} value={name}>
              {source.fields[name]?.title}在本期内
            </option>
          ))}
        </select>
        <label className="withunit">
          最多
          <input
            className="in"
            type="number"
            aria-label="行数"
            min={1}
            max={200}
            value={block.most}
            onChange={({ target }) => change({ ...block, most: Number(target.value) })}
          />
          行
        </label>
      </span>
      <span className="checks">
        列：
        {columns.map(([name, field]) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={block.columns.includes(name)}
              onChange={({ target: { checked } }) =>
                change({
                  ...block,
                  columns: checked ? [...block.columns, name] : block.columns.filter((each) => each !== name),
                })
              }
            />
            {field.title}
          </label>
        ))}
      </span>
      {source && (
        <Builder
          condition={block.where}
          change={(where) => change({ ...block, where })}
          place={{ fields: source.fields, sources: offered.sources, at: `${at}/where`, wrong: offered.wrong }}
          empty="本期内的全部记录。"
        />
      )}
    </>
  )
}

/** What one block says. */
export function BlockForm(props: Props) {
  const { block } = props
  switch (block.is) {
    case 'heading':
    case 'text':
      return <Words {...props} block={block} />
    case 'figures':
      return <Figures {...props} block={block} />
    case 'table':
    case 'chart':
    case 'ranking':
      return <Split {...props} block={block} />
    case 'list':
      return <List {...props} block={block} />
  }
}

/** Moves, removes. */
export function BlockHead(props: {
  is: Block['is']
  at: number
  last: boolean
  move(by: -1 | 1): void
  remove(): void
}) {
  const { is, at, last, move, remove } = props
  return (
    <div className="blockhead">
      <b>
        第 {at + 1} 块　{blockTitles[is]}
      </b>
      <button type="button" className="button plain small" disabled={at === 0} onClick={() => move(-1)}>
        上移
      </button>
      <button type="button" className="button plain small" disabled={last} onClick={() => move(1)}>
        下移
      </button>
      <button type="button" className="button plain small" onClick={remove}>
        删除
      </button>
    </div>
  )
}
