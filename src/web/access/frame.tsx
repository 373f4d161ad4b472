import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { call, onKeyWanted, read } from '../shell/api.ts'
import { useSession } from '../shell/session.tsx'
import { AskBox } from './form.tsx'
import { deviceAsked, makeKeyHere } from './make-key.ts'
import { takeKeyOf } from './signing.ts'
import './access.css'

type Shown = {
  viewedBy?: string
  deputy?: string
  watermark: string | null
  actor: { name: string; ownerTitle: string }
}

/** An order must be signed and this device has no key yet: it is made on the spot, and the order goes on. */
function KeyOffer() {
  const { actor } = useSession()
  const [wanted, setWanted] = useState<(made: boolean) => void>()
  useEffect(
    () =>
      onKeyWanted(
        () =>
          new Promise<boolean>((done) =>
            setWanted(() => (made: boolean) => {
              setWanted(undefined)
              done(made)
            }),
          ),
      ),
    [],
  )
  if (!wanted) return null
  return (
    <AskBox
      title="这份指令要由您本人签名"
      act="生成密钥并提交"
      fields={deviceAsked}
      submit={async (asked) => {
        await makeKeyHere(actor.account, asked)
        wanted(true)
      }}
      onClose={() => wanted(false)}
    >
      <p>在这台设备上生成一把签名密钥，以后您在这里提交的都自动签名，不能抵赖也不能冒用。私钥不会离开设备。</p>
    </AskBox>
  )
}

/** What lies over every page: whose screen it is, and whose eyes are borrowed. Prints are told to the server. */
export function AccessFrame() {
  const client = useQueryClient()
  const { data } = useQuery({
    queryKey: ['access-frame'],
    queryFn: () => read<Shown>('/api/v1/session'),
    staleTime: 60_000,
  })
  const { actor } = useSession()
  useEffect(() => void takeKeyOf(actor.account), [actor.account])
  useEffect(() => {
    const onPrint = () => {
      call('POST', '/api/v1/prints', { path: location.pathname, title: document.title }).catch(() => {})
    }
    window.addEventListener('beforeprint', onPrint)
    return () => window.removeEventListener('beforeprint', onPrint)
  }, [])
  useEffect(() => {
    // Another application sent the user here to sign in: now it goes on there.
    const back = new URLSearchParams(location.search).get('return')
    if (back && /^\/oidc-login\/[\w-]+\/continue$/.test(back)) location.replace(back)
  }, [])
  if (!data) return null
  const leave = async () => {
    await (data.viewedBy
      ? call('DELETE', '/api/v1/view-as')
      : call('POST', '/api/v1/session/acting', { delegation: null }))
    client.clear()
    location.assign('/')
  }
  return (
    <>
      <KeyOffer />
      {(data.viewedBy ?? data.deputy) && (
        <div className="borrowed noprint" role="status">
          {data.viewedBy ? `正以“${data.actor.name}”的视角查看，只能看` : `正代理“${data.actor.name}”办理`}
          <button type="button" className="button small" onClick={leave}>
            结束
          </button>
        </div>
      )}
      {data.watermark && (
        <div className="watermark" aria-hidden="true">
          {Array.from({ length: 60 }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: all alike
            <span key={index}>{data.watermark}</span>
          ))}
        </div>
      )}
    </>
  )
}
