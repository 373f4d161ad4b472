import { useState } from 'react'
import { call, Refusal } from '../shell/api.ts'
import type { Actor } from '../shell/session.tsx'
import '../shell/login.css'
import './access.css'

/** A shared phone: its QR said where, the PIN says who. Large keys for wet hands. */
export function SitePin({ code, onSignedIn }: { code: string; onSignedIn(actor: Actor): void }) {
  const [pin, setPin] = useState('')
  const [problem, setProblem] = useState<string>()
  const press = async (digit: string) => {
    const next = digit === '删' ? pin.slice(0, -1) : (pin + digit).slice(0, 6)
    setPin(next)
    setProblem(undefined)
    if (next.length < 6 || digit === '删') return
    try {
      const { actor } = await call<{ actor: Actor }>('POST', '/api/v1/session/site', { code, pin: next })
      history.replaceState(null, '', '/')
      onSignedIn(actor)
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '没有登录成功，请再试一次')
      setPin('')
    }
  }
  return (
    <div className="login">
      <main>
        <div className="mark">
          <img src="/icon.svg" alt="" />
          <b>
            请输入 PIN<span>公用手机 · 用完会自动退出</span>
          </b>
        </div>
        <p className="pindots" aria-live="polite">
          {'●'.repeat(pin.length)}
          {'○'.repeat(6 - pin.length)}
        </p>
        {problem && (
          <p className="note bad" role="alert">
            {problem}
          </p>
        )}
        <div className="pinpad">
          {[...'123456789', '', '0', '删'].map((digit, index) =>
            digit ? (
              <button key={digit} type="button" onClick={() => press(digit)}>
                {digit}
              </button>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: the one empty place
              <span key={index} />
            ),
          )}
        </div>
      </main>
    </div>
  )
}
