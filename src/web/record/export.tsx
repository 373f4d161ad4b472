import { useState } from 'react'
import { call, Refusal, read } from '../shell/api.ts'
import type { OwnKind } from '../shell/catalogue.ts'
import type { Query } from '../shell/path.ts'
import { ageOf, countOf } from '../shell/time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { say } from '../ui/toast.tsx'
import { asked } from './query.ts'
import { ReasonDialog } from './reason.tsx'

/** What is to be taken out: the rows of these conditions, as a file of these columns. */
export type Wish = { query: Query; format: 'csv' | 'xlsx'; columns?: readonly string[] }

/** The address of a file with exactly what the list shows under these conditions, in its order. */
function exportUrl(kind: OwnKind, { query, format, columns }: Wish, approval?: string): string {
  const pairs = Object.entries<string | undefined>({
    ...asked(kind, query),
    format,
    columns: columns?.join(','),
    approval,
  }).filter((pair): pair is [string, string] => !!pair[1])
  return `/api/v1/records/${kind.name}/export?${new URLSearchParams(pairs)}`
}

function download(url: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = ''
  link.click()
}

type Consent =
  | { consent: 'free' }
  | { consent: 'needed'; total: number; approveRows: number }
  | { consent: 'waiting'; total: number; approveRows: number; askedAt: string }
  | { consent: 'given'; total: number; approveRows: number; approval: string }

type Asking = { wish: Wish; consent: Exclude<Consent, { consent: 'free' }> }

/** Exports a list: at once where one may, through another's consent where the records are important and many. */
export function useExport(kind: OwnKind) {
  const [asking, setAsking] = useState<Asking>()
  const start = async (wish: Wish) => {
    try {
      const consent = await read<Consent>(`/api/v1/records/${kind.name}/export/consent`, asked(kind, wish.query))
      if (consent.consent === 'free') download(exportUrl(kind, wish))
      else setAsking({ wish, consent })
    } catch (error) {
      say(error instanceof Refusal ? error.message : '没有导出成，请重试')
    }
  }
  const dialog = asking && <ConsentDialog kind={kind} {...asking} onClose={() => setAsking(undefined)} />
  return { start, dialog }
}

function ConsentDialog({ kind, wish, consent, onClose }: Asking & { kind: OwnKind; onClose(): void }) {
  if (consent.consent === 'needed') return <AskForConsent {...{ kind, wish, consent, onClose }} />
  const isGiven = consent.consent === 'given'
  return (
    <Dialog title={isGiven ? '已经批准，可以导出' : '申请正在等待批准'} onClose={onClose}>
      <p>
        {isGiven
          ? `${kind.title} ${countOf(consent.total)} 条。批准只能用一次，一天内有效；导出会记入审计。`
          : `${ageOf(consent.askedAt)}前提交的申请还没有批准。批准以后，在这里用同样的条件再点导出。`}
      </p>
      <div className="acts">
        <button type="button" className="button" onClick={onClose}>
          {isGiven ? '以后再说' : '知道了'}
        </button>
        {isGiven && (
          <button
            type="button"
            className="button primary"
            onClick={() => {
              download(exportUrl(kind, wish, consent.approval))
              onClose()
            }}
          >
            导出
          </button>
        )}
      </div>
    </Dialog>
  )
}

function AskForConsent(props: {
  kind: OwnKind
  wish: Wish
  consent: { total: number; approveRows: number }
  onClose(): void
}) {
  const { kind, wish, consent, onClose } = props
  const run = async (reason: string) => {
    const query = Object.fromEntries(Object.entries(asked(kind, wish.query)).filter(([, value]) => value))
    await call('POST', '/api/v1/exports', { kind: kind.name, query, reason })
    say('申请已提交。安全管理员批准后，用同样的条件再点导出')
    onClose()
  }
  return (
    <ReasonDialog
      title={`导出${kind.title} ${countOf(consent.total)} 条，要先申请`}
      label="导出做什么用"
      max={300}
      act="提交申请"
      acting="正在提交…"
      run={run}
      onClose={onClose}
    >
      这些记录含个人信息，一次超过 {countOf(consent.approveRows)} 条要由安全管理员批准。也可以先缩小条件再导出。
    </ReasonDialog>
  )
}
