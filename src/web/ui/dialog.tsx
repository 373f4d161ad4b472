import { type ReactNode, useEffect, useRef } from 'react'

type Props = { onClose(): void; title: string; children: ReactNode }

/** Opens on mount and tells when the user closes it (Esc, the backdrop, the button). */
function useDialog(onClose: () => void) {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    dialog?.showModal()
    return () => {
      dialog?.close()
      // The dialog has left the page by now: whoever works by keys goes on where it was opened.
      if (document.activeElement === document.body && before instanceof HTMLElement && before.isConnected)
        before.focus({ preventScroll: true })
    }
  }, [])
  return {
    ref,
    onCancel: (event: React.SyntheticEvent) => {
      event.preventDefault()
      onClose()
    },
    onMouseDown: (event: React.MouseEvent) => {
      if (event.target === event.currentTarget) onClose()
    },
  }
}

/** A question or a small form in the middle of the page. */
export function Dialog({ onClose, title, children }: Props) {
  return (
    <dialog className="box" aria-label={title} {...useDialog(onClose)}>
      <div className="inside">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}

/** A sheet at the side, for more about what stands on the page. */
export function Drawer({ onClose, title, children, side, wide }: Props & { side?: 'left'; wide?: boolean }) {
  return (
    <dialog className={`drawer ${side ?? ''} ${wide ? 'wide' : ''}`} aria-label={title} {...useDialog(onClose)}>
      <header>
        <h2>{title}</h2>
        <button type="button" className="button plain small" onClick={onClose}>
          关闭
        </button>
      </header>
      <div className="inside">{children}</div>
    </dialog>
  )
}
