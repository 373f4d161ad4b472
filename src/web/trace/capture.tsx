import { useState } from 'react'
import { Refusal, sendText } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { type Problem, Problems, typeOf } from './problems.tsx'
import '../input/input.css'

type Captured = { captureID: string; stored: number; known: number; refused: number; problems: readonly Problem[] }
type Outcome =
  | { kind: 'stored'; stored: number; known: number; refused: number; problems: readonly Problem[] }
  | { kind: 'checked'; events: number; known: number }
  | { kind: 'refused'; isTrial: boolean; text: string; problems: readonly Problem[] }

/** What was refused is not lost: it waits to be corrected, or until nothing stands against it any more. */
const Waits = () => (
  <p className="sub">
    没收下的原文留在<Link to={path.desk('quarantine')}>隔离数据</Link>里，改正后（封存的货物要等解除封存）可以直接重放。
  </p>
)

type Shown = { outcome: Outcome; text: string; area: HTMLTextAreaElement | null }

function Result({ outcome, text, area }: Shown) {
  if (outcome.kind === 'refused')
    return (
      <section className="card" role="alert" style={{ padding: '16px 22px', marginBottom: 14 }}>
        <p className="note bad">
          <b>
            {outcome.isTrial ? '检查没有通过' : '没有保存'}：{outcome.text}
          </b>
        </p>
        <Problems problems={outcome.problems} text={text} area={area} />
        {!outcome.isTrial && <Waits />}
      </section>
    )
  const said =
    outcome.kind === 'checked'
      ? `检查通过：${outcome.events} 个事件，其中 ${outcome.known} 个已经有了。还没有保存。`
      : `已保存 ${outcome.stored} 个事件${outcome.known > 0 ? `，${outcome.known} 个原来就有` : ''}${outcome.refused > 0 ? `，${outcome.refused} 个没有收` : ''}。`
  const left = outcome.kind === 'stored' ? outcome.problems : []
  return (
    <>
      <p className={`note ${left.length > 0 ? 'warn' : 'good'}`} role="status">
        <b>{said}</b> <Link to={path.events()}>看事件</Link>
      </p>
      {left.length > 0 && (
        <section className="card" style={{ padding: '16px 22px', marginBottom: 14 }}>
          <Problems problems={left} text={text} area={area} />
          <Waits />
        </section>
      )}
    </>
  )
}

/** Events pasted or uploaded: tried first without being stored, every problem with its place, then captured. */
export default function Capture() {
  const [text, setText] = useState('')
  const [behaviour, setBehaviour] = useState('rollback')
  const [outcome, setOutcome] = useState<Outcome>()
  const [busy, setBusy] = useState(false)
  const [area, setArea] = useState<HTMLTextAreaElement | null>(null)

  const run = async (isTrial: boolean) => {
    setBusy(true)
    try {
      if (isTrial) {
        const answer = await sendText<{ events: number; known: number }>('/api/v1/epcis-check', text, typeOf(text))
        setOutcome({ kind: 'checked', ...answer })
      } else {
        const answer = await sendText<Captured>('/epcis/capture', text, typeOf(text), {
          'GS1-Capture-Error-Behaviour': behaviour,
        })
        const { problems, stored, known } = answer
        const nothing = problems.length > 0 && stored + known === 0
        if (nothing) setOutcome({ kind: 'refused', isTrial, text: problems[0]?.text ?? '没有可以保存的事件', problems })
        else setOutcome({ kind: 'stored', ...answer })
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const problems = error.problems.map(({ at, code, text: said }) => ({ at, code, text: said }))
      setOutcome({ kind: 'refused', isTrial, text: error.message, problems })
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Head title="上报事件" sub="粘贴或选择 EPCIS 2.0 的 JSON 或 XML 文档（1.2 的 XML 也收）。先检查，再保存。">
        <Link className="button" to={path.events()}>
          看事件
        </Link>
      </Head>
      {outcome && <Result outcome={outcome} text={text} area={area} />}
      <section className="card capture">
        <p className="noprint">
          <label className="button">
            <input
              className="unseen"
              type="file"
              accept=".json,.jsonld,.xml,application/json,application/xml"
              onChange={async (event) => {
                const file = event.target.files?.[0]
                // The same file may be chosen again once it is mended.
                event.target.value = ''
                if (file) setText(await file.text())
                setOutcome(undefined)
              }}
            />
            选择文件
          </label>
        </p>
        <textarea
          ref={setArea}
          className="in mono"
          aria-label="EPCIS 文档"
          placeholder={'{\n  "@context": …,\n  "type": "EPCISDocument", …'}
          rows={20}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setOutcome(undefined)
          }}
        />
        <div className="savebar noprint">
          <button type="button" className="button" disabled={busy || text.trim() === ''} onClick={() => run(true)}>
            只检查
          </button>
          <button
            type="button"
            className="button primary"
            disabled={busy || text.trim() === ''}
            onClick={() => run(false)}
          >
            保存
          </button>
          <label className="check">
            <input
              type="checkbox"
              checked={behaviour === 'proceed'}
              onChange={(event) => setBehaviour(event.target.checked ? 'proceed' : 'rollback')}
            />{' '}
            有错的事件略过，其余照存
          </label>
        </div>
      </section>
    </>
  )
}
