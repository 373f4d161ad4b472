import { type FormEvent, type ReactNode, useState } from 'react'
import { OutsideLogin } from '../access/outside.tsx'
import { call, Refusal } from './api.ts'
import { recall } from './keep.ts'
import type { Actor } from './session.tsx'
import './login.css'

type Props = { onSignedIn(actor: Actor): void; expired?: boolean }

async function signIn(form: FormData): Promise<Actor> {
  const user = String(form.get('user')).trim()
  const password = String(form.get('password'))
  return (await call<{ actor: Actor }>('POST', '/api/v1/session', { user, password })).actor
}

/** The frame of whatever stands before the application. */
export function Door({ over, children }: { over?: boolean; children: ReactNode }) {
  return (
    <div className={over ? 'login over' : 'login'}>
      <main>
        <div className="mark">
          <img src="/icon.svg" alt="" />
          <b>
            食溯<span>食品安全追溯与监管平台</span>
          </b>
        </div>
        {children}
      </main>
    </div>
  )
}

/** Said once more before whoever holds the device signs in: it was signed out from somewhere else. */
export function SignedOutElsewhere() {
  if (!recall('signed-out-elsewhere')) return null
  return <p className="note warn">这台设备已在别处被退出登录，带到现场的列表已经清除。</p>
}

/** The door: account and password, nothing else. */
export function Login({ onSignedIn, expired }: Props) {
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [shown, setShown] = useState(false)

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    if (!form.get('user')) return setProblem('请填写账号')
    if (!form.get('password')) return setProblem('请填写密码')
    setBusy(true)
    setProblem(undefined)
    try {
      onSignedIn(await signIn(form))
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '登录没有成功，请刷新页面再试')
      setBusy(false)
    }
  }

  return (
    <Door over={expired}>
      <form onSubmit={submit} noValidate>
        {!expired && <SignedOutElsewhere />}
        {expired && <p className="note">登录已过期，请重新登录。您填写的内容都还在。</p>}
        <label>
          账号
          {/* biome-ignore lint/a11y/noAutofocus: signing in is all there is to do here */}
          <input name="user" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
        </label>
        <label>
          密码
          <span className="secret">
            <input name="password" type={shown ? 'text' : 'password'} autoComplete="current-password" />
            <button type="button" onClick={() => setShown(!shown)} aria-pressed={shown}>
              {shown ? '隐藏' : '显示'}
            </button>
          </span>
        </label>
        {problem && (
          <p className="note bad" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? '正在登录…' : '登录'}
        </button>
        <OutsideLogin />
      </form>
      <footer>消费者查询不需要登录，扫包装上的二维码即可。</footer>
    </Door>
  )
}
