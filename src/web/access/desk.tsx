import { type ComponentType, lazy, Suspense } from 'react'
import { useCatalogue } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import './access.css'

const desks: Readonly<Record<string, ComponentType>> = {
  approvals: lazy(() => import('./approvals.tsx')),
  accounts: lazy(() => import('./accounts.tsx')),
  roles: lazy(() => import('./roles.tsx')),
  policies: lazy(() => import('./policies.tsx')),
  areas: lazy(() => import('./areas.tsx')),
  clients: lazy(() => import('./clients.tsx')),
  audit: lazy(() => import('./audit.tsx')),
  alarms: lazy(() => import('./alarms.tsx')),
  sites: lazy(() => import('./sites.tsx')),
  deputies: lazy(() => import('./deputies.tsx')),
  leaks: lazy(() => import('./leaks.tsx')),
  sso: lazy(() => import('./sso.tsx')),
  keys: lazy(() => import('./keys.tsx')),
  'my-data': lazy(() => import('./my-data.tsx')),
  me: lazy(() => import('./me.tsx')),
  review: lazy(() => import('../review/review.tsx')),
  quarantine: lazy(() => import('../quarantine/quarantine.tsx')),
  indicators: lazy(() => import('../indicators/indicators.tsx')),
  reports: lazy(() => import('../reports/reports.tsx')),
  rules: lazy(() => import('../casework/rules.tsx')),
  channels: lazy(() => import('../casework/channels.tsx')),
  jobs: lazy(() => import('../casework/jobs.tsx')),
  ledger: lazy(() => import('../casework/ledger.tsx')),
}

/** One page of identity, rights and audit, where the user has it. */
export default function Desk({ name }: { name: string }) {
  const Page = useCatalogue().desks.some((desk) => desk.name === name) ? desks[name] : undefined
  if (!Page)
    return (
      <Empty title="没有这个页面">
        <p>地址可能有误，或者您没有查看它的权限。</p>
        <Link className="button" to={path.home()}>
          回到工作台
        </Link>
      </Empty>
    )
  return (
    <Suspense fallback={<Waiting />}>
      <Page />
    </Suspense>
  )
}
