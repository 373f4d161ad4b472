import { useState } from 'react'
import type { Clock, Goods, Scope } from '../../areas/response/operations/wire.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { usePhone } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, spokenMinute } from '../shell/time.ts'
import { amountWord, holderWord } from '../trace/answer.ts'
import { HolderLink, OwnerFiles } from '../trace/owner-files.tsx'
import { Rows } from '../ui/rows.tsx'
import { together } from './answer.ts'

/** Lots that are listed at most; the report has all. */
const LOTS_SHOWN = 300

export function Amounts({ goods }: { goods: readonly Goods[] }) {
  const { units } = useCatalogue()
  const heaps = together(goods)
  if (heaps.length === 0) return <span className="muted">—</span>
  return heaps.slice(0, 6).map((heap) => (
    <span className="amount" key={`${heap.gtin} ${heap.name} ${heap.uom}`}>
      {heap.name && <span className="sub">{heap.name} </span>}
      <span className="nowrap">{amountWord(heap, units)}</span>
      {heap.lots > 1 && <small>分 {heap.lots} 处</small>}
    </span>
  ))
}

export function Tile(props: { title: string; value: string; note?: string; tone?: 'bad' | 'warn' | 'good' }) {
  const { title, value, note, tone = '' } = props
  return (
    <div className={`tile ${tone}`}>
      <small>{title}</small>
      <b>{value}</b>
      {note && <span>{note}</span>}
    </div>
  )
}

/** What a recall concerns: which lots, whose hands, how much, and by when what must be done. */
export function ScopeView({ scope, clock }: { scope: Scope; clock?: Clock }) {
  const { units } = useCatalogue()
  const { lots, holders } = scope
  const phone = usePhone()
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? LOTS_SHOWN : phone ? 4 : 20
  const unreached = holders.filter(({ ownerId }) => !ownerId)
  return (
    <OwnerFiles holders={holders}>
      <div className="tiles">
        <Tile
          title="涉事批次"
          value={countOf(lots.length)}
          note={scope.mixes.length > 0 ? `另有 ${scope.mixes.length} 类无批号货物可能混入` : undefined}
        />
        <Tile
          title="持有单位"
          value={countOf(holders.length)}
          note={unreached.length > 0 ? `${unreached.length} 家没有登记，须另行通知` : '全部能在平台上通知'}
          tone={unreached.length > 0 ? 'warn' : undefined}
        />
        {clock && (
          <Tile
            title="最迟确认"
            value={spokenMinute(clock.acknowledgeBy)}
            note={`最迟完成 ${spokenMinute(clock.finishBy)}${clock.holidaysUnknown ? `（${clock.holidaysUnknown} 年节假日未录入，按周一至周五算）` : ''}`}
          />
        )}
      </div>
      {(scope.hidden > 0 || scope.truncated) && (
        <p className="note warn">
          {scope.hidden > 0 && <span>还有 {scope.hidden} 处去向属于别的地区，请上级机关扩大范围。</span>}
          {scope.truncated && <span>范围太大，只算到了一部分，请缩小起点分几次召回。</span>}
        </p>
      )}
      {scope.unconfirmed && scope.unconfirmed.length > 0 && (
        <p className="note warn">
          另有未经确认的事件提到这些货物，没有计入下面的数量，请核实：
          {scope.unconfirmed.map(({ reporter, events, latest }) => (
            <span className="nowrap" key={reporter}>
              {reporter} {events} 件（最近 {spokenMinute(latest)}）{' '}
            </span>
          ))}
        </p>
      )}
      <Rows
        title="在谁手里"
        items={holders}
        keyOf={({ id }) => id}
        columns={[
          {
            title: '持有单位',
            of: (holder) => (
              <>
                <HolderLink holder={holder} />
                {!holder.ownerId && <small>没有登记，{holderWord(holder)}</small>}
              </>
            ),
            by: (holder) => holderWord(holder),
          },
          { title: '现有和在途', of: ({ goods }) => <Amounts goods={goods} /> },
          { title: '已售出', of: ({ sold }) => <Amounts goods={sold} /> },
        ]}
      />
      <Rows
        title={`召回哪些批次（${countOf(lots.length)}）`}
        items={lots.slice(0, shown)}
        foot={
          lots.length > shown && (
            <p className="morelots">
              {isWhole ? (
                `只列出前 ${LOTS_SHOWN} 个，全部见报告`
              ) : (
                <button type="button" className="button" onClick={() => setWhole(true)}>
                  看全部 {countOf(lots.length)} 个批次
                </button>
              )}
            </p>
          )
        }
        keyOf={({ key, uom }) => `${key} ${uom}`}
        columns={[
          { title: '产品', of: ({ name, gtin }) => name ?? gtin, by: ({ name, gtin }) => name ?? gtin ?? '' },
          {
            title: '批号',
            of: ({ key, lot }) => (
              <Link to={path.trace(key)} className="mono">
                {lot ?? '看链条'}
              </Link>
            ),
            by: ({ lot }) => lot ?? '',
          },
          { title: '产出', of: ({ made, uom }) => amountWord({ quantity: made, uom }, units) || '—' },
          { title: '仍在流通', of: (lot) => amountWord(lot, units) || '—' },
        ]}
      />
    </OwnerFiles>
  )
}
