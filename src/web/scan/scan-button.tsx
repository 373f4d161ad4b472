import { lazy, Suspense, useState } from 'react'
import './scan.css'

const Camera = lazy(() => import('./camera.tsx'))

function Drawing() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M8 8v8M12 8v8M16 8v8" />
    </svg>
  )
}

/** Opens the camera and hands over what it reads; `onScan` says what was done with it, or nothing if it is of no use. */
export function ScanButton(props: {
  title: string
  onScan(text: string): string | undefined
  continuous?: boolean
  word?: string
}) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className={props.word ? 'button scanbutton' : 'scanbutton bare'}
        aria-label={props.word ? undefined : props.title}
        title={props.title}
        onClick={() => setOpen(true)}
      >
        <Drawing />
        {props.word}
      </button>
      {open && (
        <Suspense>
          <Camera
            title={props.title}
            onScan={props.onScan}
            continuous={props.continuous}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  )
}
