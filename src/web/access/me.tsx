import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Waiting } from '../ui/empty.tsx'
import { RowAct, Rows } from '../ui/rows.tsx'
import { say } from '../ui/toast.tsx'
import { agentWord } from './agent.ts'
import { AskBox, Once } from './form.tsx'
import { canPasskey, makePasskey } from './passkey.ts'
import { SigningKeys } from './signing-keys.tsx'
import { PasswordForm, TotpForm } from './steps.tsx'

type Factor = { id: string; kind: string; title: string; createdAt: string; usedAt: string | null }
type Open = { id: string; seenAt: string; address: string; agent: string; factor: string; current: boolean }
type Adding = 'totp' | 'passkey'

/** One's own password, second factors and open sign-ins. */
export default function Me() {
  const { data, error, refetch } = useQuery({
    queryKey: ['factors'],
    queryFn: () => read<{ factors: Factor[]; recoveryLeft: number }>('/api/v1/me/factors'),
  })
  const { data: sessions, refetch: again } = useQuery({
    queryKey: ['sessions'],
    queryFn: () => read<{ items: Open[] }>('/api/v1/me/sessions'),
  })
  const [adding, setAdding] = useState<Adding>()
  const [begun, setBegun] = useState<{ secret: string; qr: string }>()
  const [recovery, setRecovery] = useState<string[]>()
  const [removing, setRemoving] = useState<Factor>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data || !sessions) return <Waiting />
  const added = (codes: string[]) => {
    setBegun(undefined)
    setAdding(undefined)
    if (codes.length > 0) setRecovery(codes)
    refetch()
  }
  const start = async (current: string) => {
    if (adding === 'totp') {
      setBegun(await call<{ secret: string; qr: string }>('POST', '/api/v1/me/factors/totp', { current }))
      setAdding(undefined)
      return
    }
    const options = await call<Record<string, unknown>>('POST', '/api/v1/me/factors/passkey', { current })
    const response = await makePasskey(options)
    added((await call<{ recovery: string[] }>('POST', '/api/v1/me/factors/passkey/confirm', { response })).recovery)
  }
  const password = { name: 'current', title: '现在的密码', type: 'password', autoComplete: 'current-password' } as const
  return (
    <>
      <Head
        title="我的登录安全"
        sub={
          data.factors.length > 0
            ? `有 ${data.factors.length} 种第二验证，备用码还剩 ${data.recoveryLeft} 个`
            : '建议添加第二验证方式'
        }
      />
      <div className="stack">
        <Rows
          title="第二验证方式"
          empty="还没有第二验证方式"
          items={data.factors}
          keyOf={({ id }) => id}
          columns={[
            { title: '方式', of: ({ title }) => title },
            { title: '添加', of: ({ createdAt }) => minuteOf(createdAt), as: 'short' },
            { title: '最近用过', of: ({ usedAt }) => (usedAt ? minuteOf(usedAt) : '—'), as: 'short' },
          ]}
          acts={(factor) => <RowAct onClick={() => setRemoving(factor)}>移除</RowAct>}
          side={
            <span>
              <button type="button" className="button small" onClick={() => setAdding('totp')}>
                添加动态口令
              </button>{' '}
              {canPasskey() && (
                <button type="button" className="button small" onClick={() => setAdding('passkey')}>
                  添加通行密钥
                </button>
              )}
            </span>
          }
        />
        <Rows
          title="正在登录的地方"
          foot={
            sessions.items.length > 1 && (
              <p className="muted padded">
                手机丢了或借给别人用过，就在这里退出：那台设备下次连上网时，带到现场的列表会清除；没有送出的登记留在那里，只有您再登录才能看到。
              </p>
            )
          }
          items={sessions.items}
          keyOf={({ id }) => id}
          columns={[
            { title: '最近活动', of: ({ seenAt }) => minuteOf(seenAt), as: 'short' },
            { title: '地址', of: ({ address }) => address, as: 'code' },
            {
              title: '设备',
              of: (each) => (each.current ? <b>这里</b> : <span title={each.agent}>{agentWord(each.agent)}</span>),
            },
          ]}
          acts={(each) =>
            !each.current && (
              <RowAct
                onClick={async () => {
                  await call('DELETE', `/api/v1/me/sessions/${each.id}`)
                  again()
                }}
              >
                退出那里
              </RowAct>
            )
          }
        />
        <SigningKeys />
        <section className="card narrow">
          <h2>修改密码</h2>
          <div className="padded">
            <PasswordForm
              onDone={() => {
                say('密码已修改，其他地方的登录已退出')
                again()
              }}
            />
          </div>
        </section>
      </div>
      {adding && (
        <AskBox
          title="先核对密码"
          act="继续"
          fields={[password]}
          submit={({ current = '' }) => start(current)}
          onClose={() => setAdding(undefined)}
        />
      )}
      {begun && (
        <Dialog title="添加动态口令" onClose={() => setBegun(undefined)}>
          <TotpForm begun={begun} onDone={added} />
        </Dialog>
      )}
      {recovery && <Once title="备用码" lines={recovery} onClose={() => setRecovery(undefined)} />}
      {removing && (
        <AskBox
          title={`移除：${removing.title}`}
          act="移除"
          fields={[password]}
          onClose={() => setRemoving(undefined)}
          submit={async ({ current }) => {
            await call('POST', '/api/v1/me/factors/remove', { id: removing.id, current })
            setRemoving(undefined)
            refetch()
          }}
        />
      )}
    </>
  )
}
