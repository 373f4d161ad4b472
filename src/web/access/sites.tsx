import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Waiting } from '../ui/empty.tsx'
import { RowAct, Rows } from '../ui/rows.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'

type Point = { id: string; title: string; createdAt: string; revokedAt: string | null }
type Person = { id: string; name: string; pinSetAt: string | null }

/** Shared phones of an enterprise: the QR on the wall says where, each person's PIN says who. */
export default function Sites() {
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['site-points'],
    queryFn: () => read<{ items: Point[]; people: Person[] }>('/api/v1/site-points'),
  })
  const [opening, setOpening] = useState(false)
  const [pin, setPin] = useState<Person>()
  const [made, setMade] = useState<{ url: string; qr: string }>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const points = data.items.filter((point) => !point.revokedAt)
  return (
    <>
      <Head title="公用手机登录" sub="后厨共用一部手机：扫墙上的码，输入自己的 PIN，只能登记和查看本企业的记录。">
        <button type="button" className="button primary" onClick={() => setOpening(true)}>
          添加登录点
        </button>
      </Head>
      <div className="stack">
        <Rows
          title="登录点"
          items={points}
          keyOf={({ id }) => id}
          columns={[
            { title: '名称', of: ({ title }) => title },
            { title: '添加时间', as: 'short', of: ({ createdAt }) => minuteOf(createdAt) },
          ]}
          acts={(point) => (
            <RowAct
              onClick={async () => {
                await call('POST', `/api/v1/site-points/${point.id}/revoke`)
                refetch()
              }}
            >
              停用
            </RowAct>
          )}
          empty="还没有登录点"
          hint="添加一个，把它的二维码打印出来贴在后厨。"
        />
        <Rows
          title="人员的 PIN"
          items={data.people}
          keyOf={({ id }) => id}
          columns={[
            { title: '姓名', of: ({ name }) => name },
            { title: 'PIN', of: ({ pinSetAt }) => (pinSetAt ? `${minuteOf(pinSetAt)} 设置` : '没有设置') },
          ]}
          acts={(person) => <RowAct onClick={() => setPin(person)}>设置 PIN</RowAct>}
          empty="还没有账号"
        />
      </div>
      {opening && (
        <AskBox
          title="添加登录点"
          act="添加"
          fields={[{ name: 'title', title: '名称', help: '例如：一楼后厨' }]}
          onClose={() => setOpening(false)}
          submit={async (values) => {
            setMade(await call<{ url: string; qr: string }>('POST', '/api/v1/site-points', values))
            setOpening(false)
            client.invalidateQueries()
          }}
        />
      )}
      {pin && (
        <AskBox
          title={`设置 PIN：${pin.name}`}
          act="设置"
          fields={[{ name: 'pin', title: '六位数字', inputMode: 'numeric', help: '不要用连续或相同的数字' }]}
          onClose={() => setPin(undefined)}
          submit={async (values) => {
            await call('PUT', `/api/v1/site-points/people/${pin.id}/pin`, values)
            setPin(undefined)
            say('已设置')
            refetch()
          }}
        />
      )}
      {made && (
        <Dialog title="打印后贴在现场" onClose={() => setMade(undefined)}>
          <p className="sub">只显示这一次。丢失后停用，再添加一个。</p>
          <img className="qr" src={made.qr} alt="登录点二维码" />
        </Dialog>
      )}
    </>
  )
}
