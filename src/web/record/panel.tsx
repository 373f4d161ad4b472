import { type ComponentType, lazy, Suspense } from 'react'
import type { Panel } from '../../language/kind.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'

type Part = ComponentType<{ kind: OwnKind; row: Row }>

/** What a declaration may name to stand beside its records. */
const panels: Record<Panel, Part> = {
  reach: lazy(() => import('../announcements/reach.tsx')),
  recall: lazy(() => import('../recall/beside.tsx')),
  'recall-answer': lazy(() => import('../recall/answer-due.tsx')),
  device: lazy(() => import('../devices/beside.tsx')),
}

/** The panel that the kind's declaration names, if any. */
export function PanelOf({ kind, row }: { kind: OwnKind; row: Row }) {
  const Shown = kind.panel && panels[kind.panel]
  return Shown ? (
    <Suspense>
      <Shown kind={kind} row={row} />
    </Suspense>
  ) : null
}
