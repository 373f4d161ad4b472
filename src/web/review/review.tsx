import { lazy, Suspense } from 'react'
import { path } from '../shell/path.ts'
import { Link, useRoute } from '../shell/router.tsx'
import { Waiting } from '../ui/empty.tsx'
import '../input/input.css'
import './review.css'

const Rules = lazy(() => import('./rules.tsx'))
const RuleEditor = lazy(() => import('./rule-editor.tsx'))
const Findings = lazy(() => import('./findings.tsx'))
const Quality = lazy(() => import('./quality.tsx'))

const tabs = [
  ['findings', '待改正的问题'],
  ['rules', '审核规则'],
  ['quality', '数据质量'],
] as const

/** Review of the data: what is wrong now, the rules that say so, and how good the data is. */
export default function Review() {
  const { query } = useRoute()
  const tab = query.tab ?? 'findings'
  const editing = tab === 'rules' && query.rule !== undefined
  return (
    <>
      {!editing && (
        <nav className="tabs" aria-label="数据审核">
          {tabs.map(([name, title]) => (
            <Link key={name} to={`${path.desk('review')}?tab=${name}`} aria-current={tab === name ? 'page' : undefined}>
              {title}
            </Link>
          ))}
        </nav>
      )}
      <Suspense fallback={<Waiting />}>
        {editing ? (
          <RuleEditor key={query.rule} id={query.rule as string} />
        ) : tab === 'rules' ? (
          <Rules />
        ) : tab === 'quality' ? (
          <Quality />
        ) : (
          <Findings />
        )}
      </Suspense>
    </>
  )
}
