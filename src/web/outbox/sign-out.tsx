import { useState } from 'react'
import { path } from '../shell/path.ts'
import { navigate } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useOutbox } from './use-outbox.ts'

/** Signs out; asks first where something has not been sent. */
export function SignOut() {
  const { signOut } = useSession()
  const items = useOutbox()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <button
        type="button"
        className="button plain small"
        onClick={() => (items.length > 0 ? setAsking(true) : signOut())}
      >
        退出
      </button>
      {asking && (
        <Dialog title={`还有 ${items.length} 条没有送出`} onClose={() => setAsking(false)}>
          <p>退出后它们留在这台设备上，别的账号看不到；用同一账号再登录时自动送出。带到现场的列表会清除。</p>
          <div className="acts">
            <button type="button" className="button" onClick={signOut}>
              仍然退出
            </button>
            <button
              type="button"
              className="button primary"
              onClick={() => {
                setAsking(false)
                navigate(path.outbox())
              }}
            >
              先去送出
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}
