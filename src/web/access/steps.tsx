import { type ReactNode, useState } from 'react'
import { call, Refusal } from '../shell/api.ts'
import type { Actor } from '../shell/session.tsx'
import { Ask, Once } from './form.tsx'
import { answerWithPasskey, canPasskey, makePasskey } from './passkey.ts'
import '../shell/login.css'

export type Next = 'second-factor' | 'password' | 'enrol'
type Entered = { actor: Actor }
type Props = { actor: Actor; next: Next; onDone(actor: Actor): void; onLeave(): void }

function Frame({
  title,
  sub,
  onLeave,
  children,
}: {
  title: string
  sub: string
  onLeave(): void
  children: ReactNode
}) {
  return (
    <div className="login">
      <main>
        <div className="mark">
          <img src="/icon.svg" alt="" />
          <b>
            {title}
            <span>{sub}</span>
          </b>
        </div>
        {children}
        <footer>
          <button type="button" className="button plain" onClick={onLeave}>
            退出，换一个账号
          </button>
        </footer>
      </main>
    </div>
  )
}

function SecondFactor({ actor, onDone, onLeave }: Props) {
  const [problem, setProblem] = useState<string>()
  const byPasskey = async () => {
    setProblem(undefined)
    try {
      const options = await call<Record<string, unknown>>('POST', '/api/v1/session/factor/passkey')
      const passkey = await answerWithPasskey(options)
      onDone((await call<Entered>('POST', '/api/v1/session/factor', { passkey })).actor)
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '没有用上通行密钥，可以改用动态口令')
    }
  }
  return (
    <Frame title="第二步验证" sub={`${actor.name} · 密码已核对`} onLeave={onLeave}>
      <Ask
        act="继续"
        fields={[
          {
            name: 'code',
            title: '动态口令或备用码',
            autoComplete: 'one-time-code',
            help: '打开手机上的验证器，填写六位数字',
          },
        ]}
        submit={async ({ code }) => onDone((await call<Entered>('POST', '/api/v1/session/factor', { code })).actor)}
      >
        {canPasskey() && (
          <button type="button" className="button" onClick={byPasskey}>
            用通行密钥（指纹、人脸、安全密钥）
          </button>
        )}
        {problem && <p className="note bad">{problem}</p>}
      </Ask>
    </Frame>
  )
}

function NewPassword({ actor, onDone, onLeave }: Props) {
  return (
    <Frame title="请先修改密码" sub={actor.name} onLeave={onLeave}>
      <PasswordForm onDone={onDone} />
    </Frame>
  )
}

/** Change of one's own password. */
export function PasswordForm({ onDone }: { onDone(actor: Actor): void }) {
  return (
    <Ask
      act="修改密码"
      fields={[
        { name: 'current', title: '现在的密码', type: 'password', autoComplete: 'current-password' },
        {
          name: 'password',
          title: '新密码',
          type: 'password',
          autoComplete: 'new-password',
          help: '至少 8 位，大写、小写、数字、特殊字符都要有，90 天内有效',
        },
        { name: 'again', title: '再填一次新密码', type: 'password', autoComplete: 'new-password' },
      ]}
      submit={async ({ current, password, again }) => {
        if (password !== again)
          throw new Refusal(422, { problems: [{ code: 'differs', text: '两次填写的新密码不一样', at: '/again' }] })
        onDone((await call<Entered>('POST', '/api/v1/session/password', { current, password })).actor)
      }}
    />
  )
}

type Secret = { secret: string; qr: string }

/** Adding an authenticator app: scan, then the first code. */
export function TotpForm({ begun, onDone }: { begun: Secret; onDone(recovery: string[]): void }) {
  return (
    <Ask
      act="确认"
      fields={[{ name: 'code', title: '验证器上的六位数字', autoComplete: 'one-time-code', inputMode: 'numeric' }]}
      submit={async ({ code }) =>
        onDone((await call<{ recovery: string[] }>('POST', '/api/v1/me/factors/totp/confirm', { code })).recovery)
      }
    >
      <img className="qr" src={begun.qr} alt="验证器二维码" />
      <p className="muted">
        用手机验证器扫码，或手工填入密钥 <span className="mono">{begun.secret}</span>
      </p>
    </Ask>
  )
}

function Enrol({ actor, onDone, onLeave }: Props) {
  const [begun, setBegun] = useState<Secret>()
  const [recovery, setRecovery] = useState<string[]>()
  const [problem, setProblem] = useState<string>()
  const again = async () => onDone((await call<Entered>('GET', '/api/v1/session')).actor)
  const attempt = (run: () => Promise<void>) => async () => {
    setProblem(undefined)
    try {
      await run()
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '没有添加成功，请再试一次')
    }
  }
  const codes = (given: string[]) => (given.length > 0 ? setRecovery(given) : again())
  return (
    <Frame title="添加第二验证方式" sub={`${actor.name} · 管理员必须有两种验证`} onLeave={onLeave}>
      {recovery && (
        <Once title="备用码" lines={recovery} onClose={again}>
          <p className="muted">手机丢了时，每个码可以代替一次动态口令。</p>
        </Once>
      )}
      {begun ? (
        <TotpForm begun={begun} onDone={codes} />
      ) : (
        <form className="ask">
          <button
            type="button"
            className="button primary"
            onClick={attempt(async () => setBegun(await call<Secret>('POST', '/api/v1/me/factors/totp', {})))}
          >
            用手机验证器（动态口令）
          </button>
          {canPasskey() && (
            <button
              type="button"
              className="button"
              onClick={attempt(async () => {
                const options = await call<Record<string, unknown>>('POST', '/api/v1/me/factors/passkey', {})
                const response = await makePasskey(options)
                codes(
                  (await call<{ recovery: string[] }>('POST', '/api/v1/me/factors/passkey/confirm', { response }))
                    .recovery,
                )
              })}
            >
              用通行密钥（指纹、人脸、安全密钥）
            </button>
          )}
          {problem && <p className="note bad">{problem}</p>}
        </form>
      )}
    </Frame>
  )
}

/** What a sign-in still asks for before it opens anything. */
export function NextStep(props: Props) {
  if (props.next === 'second-factor') return <SecondFactor {...props} />
  return props.next === 'password' ? <NewPassword {...props} /> : <Enrol {...props} />
}
