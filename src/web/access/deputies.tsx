import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { instantAt, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { RowAct, Rows } from '../ui/rows.tsx'
import { AskBox } from './form.tsx'

type Delegation = {
  id: string
  fromName: string
  toName: string
  startsAt: string
  endsAt: string
  reason: string
  endedAt: string | null
  mine: boolean
}
type Seen = { id: string; name: string; ownerTitle: string }

/** In another's place: delegation with an end, and seeing what another sees. */
export default function Deputies() {
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['delegations'],
    queryFn: () => read<{ items: Delegation[]; colleagues: { id: string; name: string }[] }>('/api/v1/delegations'),
  })
  const [q, setQ] = useState('')
  const { data: seen } = useQuery({
    queryKey: ['view-as', q],
    queryFn: () => read<{ items: Seen[] }>('/api/v1/view-as', { q }),
    placeholderData: (before) => before,
  })
  const [giving, setGiving] = useState(false)
  const [viewing, setViewing] = useState<Seen>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const restart = () => {
    client.clear()
    location.assign('/')
  }
  const live = (each: Delegation) =>
    !each.endedAt && Date.parse(each.endsAt) > Date.now() && Date.parse(each.startsAt) <= Date.now()
  return (
    <>
      <Head title="代理与视角" sub="请假时可委托同单位同岗的同事，到期自动结束；查看他人视角只能看，都有记录。">
        <button
          type="button"
          className="button primary"
          onClick={() => setGiving(true)}
          disabled={data.colleagues.length === 0}
          title={data.colleagues.length === 0 ? '本单位还没有同岗的同事账号' : undefined}
        >
          委托同事代理
        </button>
      </Head>
      <div className="stack">
        <Rows
          title="代理"
          items={data.items}
          keyOf={({ id }) => id}
          columns={[
            {
              title: '谁代理谁',
              of: (each) => (
                <>
                  {each.fromName} → {each.toName}
                  <small>{each.reason}</small>
                </>
              ),
            },
            { title: '时间', of: (each) => `${minuteOf(each.startsAt)} 至 ${minuteOf(each.endedAt ?? each.endsAt)}` },
          ]}
          acts={(each) =>
            live(each) && (
              <>
                {each.mine && (
                  <RowAct
                    solid
                    onClick={async () => {
                      await call('POST', '/api/v1/session/acting', { delegation: each.id })
                      restart()
                    }}
                  >
                    开始代理
                  </RowAct>
                )}
                <RowAct
                  onClick={async () => {
                    await call('POST', `/api/v1/delegations/${each.id}/end`)
                    refetch()
                  }}
                >
                  结束
                </RowAct>
              </>
            )
          }
          empty="没有代理"
          hint={
            data.colleagues.length === 0
              ? '本单位还没有同岗的同事账号，开立以后才能委托。'
              : '请假前委托一位同事，到期自动结束。'
          }
        />
        <Rows
          title="以他人视角查看"
          items={seen?.items ?? []}
          keyOf={({ id }) => id}
          columns={[
            { title: '姓名', of: ({ name }) => name },
            { title: '单位', of: ({ ownerTitle }) => ownerTitle },
          ]}
          acts={(each) => <RowAct onClick={() => setViewing(each)}>查看</RowAct>}
          empty="没有可以查看的账号"
        >
          <div className="filterline padded">
            <label>
              查找
              <input value={q} onChange={(event) => setQ(event.target.value)} placeholder="姓名、单位" />
            </label>
          </div>
        </Rows>
      </div>
      {giving && (
        <AskBox
          title="委托同事代理"
          act="委托"
          fields={[
            {
              name: 'to',
              title: '同事',
              type: 'select',
              options: data.colleagues.map(({ id, name }) => ({ value: id, title: name })),
            },
            { name: 'endsAt', title: '到哪一天', type: 'date', help: '最长 90 天，当天结束时失效' },
            { name: 'reason', title: '原因', type: 'area' },
          ]}
          onClose={() => setGiving(false)}
          submit={async ({ to, endsAt, reason }) => {
            await call('POST', '/api/v1/delegations', {
              to,
              reason,
              endsAt: endsAt ? instantAt(endsAt, '23:59') : undefined,
            })
            setGiving(false)
            refetch()
          }}
        />
      )}
      {viewing && (
        <AskBox
          title={`以“${viewing.name}”的视角查看`}
          act="开始查看"
          fields={[{ name: 'reason', title: '原因', type: 'area' }]}
          onClose={() => setViewing(undefined)}
          submit={async ({ reason }) => {
            await call('POST', '/api/v1/view-as', { account: viewing.id, reason })
            restart()
          }}
        />
      )}
    </>
  )
}
