import { useEffect } from 'react'
import { recall } from './keep.ts'
import { Door, SignedOutElsewhere } from './login.tsx'

/** Nobody is signed in here and the server cannot be asked: said where the sign-in would stand, until it can. */
export function NoNetwork({ retry }: { retry(): unknown }) {
  useEffect(() => {
    const again = () => void retry()
    window.addEventListener('online', again)
    // A network that comes back without a word (a hotspot, a cable) is noticed all the same.
    const timer = setInterval(again, 15_000)
    return () => {
      window.removeEventListener('online', again)
      clearInterval(timer)
    }
  }, [retry])
  return (
    <Door>
      <div className="panel" role="status">
        <h1>没有网络</h1>
        <SignedOutElsewhere />
        <p>这台设备上没有登录着的账号，连上网络以后就能登录。</p>
        {recall<boolean>('signed-out-elsewhere') && (
          <p className="sub">还没有送出的登记留在这台设备上，用原来的账号登录后自动送出。</p>
        )}
        <button type="button" className="button primary" onClick={() => retry()}>
          重试
        </button>
      </div>
    </Door>
  )
}

/** While the server is asked who is signed in: seen only where that takes its time. */
export function Opening() {
  return (
    <Door>
      <p className="sub opening" role="status">
        正在连接…
      </p>
    </Door>
  )
}
