import { type AnchorHTMLAttributes, useEffect, useSyncExternalStore } from 'react'
import { type Query, type Route, routeOf } from './path.ts'

const watchers = new Set<() => void>()
/** Asked before the user leaves a page with unsaved work; `go` carries out the leaving. */
type Guard = (go: () => void) => void
let guard: Guard | undefined
let here = location.href

function announce() {
  here = location.href
  for (const watcher of watchers) watcher()
}

window.addEventListener('popstate', () => {
  const target = location.href
  if (!guard || target === here) return announce()
  // The address has moved already: put it back, ask, then go.
  history.pushState(null, '', here)
  guard(() => go(target))
})

function go(to: string, replace = false) {
  const samePath = new URL(to, here).pathname === new URL(here).pathname
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  announce()
  if (!samePath) window.scrollTo(0, 0)
}

/** Moves to an address of the application, asking first where work is unsaved. */
export function navigate(to: string, options: { replace?: boolean; leave?: boolean } = {}): void {
  const leavesPage = new URL(to, here).pathname !== new URL(here).pathname
  if (guard && leavesPage && !options.leave) guard(() => go(to, options.replace))
  else go(to, options.replace)
}

const watch = (watcher: () => void) => {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** The address now, as route and query. */
export function useRoute(): { route: Route; query: Query; address: string } {
  const address = useSyncExternalStore(watch, () => here)
  const url = new URL(address)
  return {
    route: routeOf(url.pathname),
    query: Object.fromEntries(url.searchParams),
    address: url.pathname + url.search,
  }
}

/** While `ask` is given, leaving the page asks first; the browser's own question guards closing the tab. */
export function useLeaveGuard(ask: Guard | undefined): void {
  useEffect(() => {
    if (!ask) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    guard = ask
    window.addEventListener('beforeunload', warn)
    return () => {
      if (guard === ask) guard = undefined
      window.removeEventListener('beforeunload', warn)
    }
  }, [ask])
}

/** A link that stays inside the application; middle click and modifiers do what the browser does. */
export function Link({ to, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { to: string }) {
  return (
    <a
      {...rest}
      href={to}
      onClick={(event) => {
        onClick?.(event)
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        navigate(to)
      }}
    />
  )
}
