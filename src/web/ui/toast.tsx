import { useSyncExternalStore } from 'react'

type Toast = { id: number; text: string; act?: { title: string; run(): void } }

let toasts: readonly Toast[] = []
let count = 0
const watchers = new Set<() => void>()

function set(next: readonly Toast[]) {
  toasts = next
  for (const watcher of watchers) watcher()
}

function drop(id: number) {
  set(toasts.filter((toast) => toast.id !== id))
}

/** Says something in passing, for `ms` milliseconds, with at most one act beside it. */
export function say(text: string, act?: Toast['act'], ms = 5000): () => void {
  const id = ++count
  set([...toasts.slice(-2), { id, text, act }])
  setTimeout(() => drop(id), ms)
  return () => drop(id)
}

const watch = (watcher: () => void) => {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export function Toasts() {
  const shown = useSyncExternalStore(watch, () => toasts)
  return (
    <div className="toasts noprint" role="status">
      {shown.map((toast) => (
        <div className="toast" key={toast.id}>
          {toast.text}
          {toast.act && (
            <button
              type="button"
              onClick={() => {
                toast.act?.run()
                drop(toast.id)
              }}
            >
              {toast.act.title}
            </button>
          )}
        </div>
      ))}
    </div>
  )
}
