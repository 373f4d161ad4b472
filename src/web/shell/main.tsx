import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { registerWorker } from '../offline/register.ts'
import { Refusal } from './api.ts'
import { SessionGate } from './session.tsx'
import '../ui/tokens.css'
import '../ui/base.css'
import '../ui/button.css'
import '../ui/table.css'
import '../ui/dialog.css'
import '../ui/paper.css'

const App = lazy(() => import('./app.tsx'))

// A refusal will not change by asking again; a lost answer may, unless the device itself says that it has no network.
const isWorthRetrying = (count: number, error: unknown) =>
  count < 2 && navigator.onLine && error instanceof Refusal && (error.status === 0 || error.status >= 502)

// Asked also without a network, for what is kept here may answer; read anew as soon as there is one.
const client = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 10_000, retry: isWorthRetrying, networkMode: 'always', refetchOnReconnect: true },
  },
})

// A page opened before an update asks for parts that are gone: the new page has them. Drafts are kept.
window.addEventListener('vite:preloadError', () => {
  if (sessionStorage.getItem('reloaded') === document.lastModified) return
  sessionStorage.setItem('reloaded', document.lastModified)
  location.reload()
})

registerWorker()

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <QueryClientProvider client={client}>
      <SessionGate>
        <Suspense>
          <App />
        </Suspense>
      </SessionGate>
    </QueryClientProvider>,
  )
