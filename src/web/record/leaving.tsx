import { useCallback, useState } from 'react'
import { useLeaveGuard } from '../shell/router.tsx'
import { Dialog } from '../ui/dialog.tsx'

/** Asks before leaving unsaved work, which stays as a draft in this browser. */
export function Leaving({ dirty }: { dirty: boolean }) {
  const [go, setGo] = useState<() => void>()
  const ask = useCallback((leave: () => void) => setGo(() => leave), [])
  useLeaveGuard(dirty ? ask : undefined)
  if (!go) return null
  return (
    <Dialog title="还没有保存，要离开吗？" onClose={() => setGo(undefined)}>
      <p>已填写的内容会留在本机，下次打开这张表时恢复。</p>
      <div className="acts">
        <button type="button" className="button" onClick={go}>
          离开
        </button>
        <button type="button" className="button primary" onClick={() => setGo(undefined)}>
          继续填写
        </button>
      </div>
    </Dialog>
  )
}
