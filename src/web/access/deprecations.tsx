import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { DeprecationShown } from '../../platform/http/wire.ts'
import { call, read } from '../shell/api.ts'
import { useSession } from '../shell/session.tsx'
import { dayOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Drawer } from '../ui/dialog.tsx'
import { RowAct, Rows, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'

type Deprecation = DeprecationShown
type Box = { act: 'announce' } | { act: 'take-back' | 'history'; of: Deprecation }

const asWritten = (route: string) => route.replace(/:(\w+)/g, '{$1}')

function History({ of, onClose }: { of: Deprecation; onClose(): void }) {
  return (
    <Drawer wide title={`${of.method} ${asWritten(of.route)}`} onClose={onClose}>
      <RowTable
        items={of.history}
        keyOf={({ at }) => at}
        columns={[
          { title: '时间', of: ({ at }) => minuteOf(at), as: 'short' },
          { title: '做了什么', of: ({ act }) => (act === 'announce' ? '公告' : '撤回'), as: 'short' },
          { title: '弃用到停用', of: ({ since, sunset }) => `${dayOf(since)} 到 ${dayOf(sunset)}` },
          { title: '原因', of: ({ reason }) => reason },
          { title: '谁', of: ({ name }) => name, as: 'short' },
        ]}
      />
    </Drawer>
  )
}

/** Routes on their way out: whoever keeps clients reads them, the system administrator announces and takes back. */
export function Deprecations() {
  const query = useQueryClient()
  const { actor } = useSession()
  const [box, setBox] = useState<Box>()
  const { data, error, refetch } = useQuery({
    queryKey: ['deprecations'],
    queryFn: () => read<{ items: Deprecation[] }>('/api/v1/deprecations'),
  })
  const mayAnnounce = actor.role === 'system'
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data || (data.items.length === 0 && !mayAnnounce)) return null
  const close = () => setBox(undefined)
  const done = () => {
    close()
    say('已办好')
    query.invalidateQueries()
  }
  return (
    <>
      <Rows
        title="弃用的接口"
        empty="没有弃用的接口"
        hint="公告后，调用这个接口的程序会在应答头里得到弃用日期、停用日期和替代接口。"
        side={
          mayAnnounce && (
            <button type="button" className="button small" onClick={() => setBox({ act: 'announce' })}>
              公告弃用
            </button>
          )
        }
        items={data.items}
        keyOf={({ method, route }) => `${method} ${route}`}
        columns={[
          { title: '接口', of: ({ method, route }) => `${method} ${asWritten(route)}`, as: 'code' },
          {
            title: '状态',
            of: ({ takenBackAt }) => (takenBackAt ? <Tag tone="unknown">已撤回</Tag> : <Tag tone="warn">已公告</Tag>),
            as: 'short',
          },
          { title: '弃用日期', of: ({ since }) => dayOf(since), as: 'short' },
          { title: '停用日期', of: ({ sunset }) => dayOf(sunset), as: 'short' },
          { title: '替代接口', of: ({ successor }) => successor, as: 'code' },
        ]}
        acts={(of) => (
          <>
            <RowAct onClick={() => setBox({ act: 'history', of })}>历史</RowAct>
            {mayAnnounce && !of.takenBackAt && <RowAct onClick={() => setBox({ act: 'take-back', of })}>撤回</RowAct>}
          </>
        )}
      />
      {box?.act === 'history' && <History of={box.of} onClose={close} />}
      {box?.act === 'announce' && (
        <AskBox
          title="公告弃用"
          act="公告"
          fields={[
            {
              name: 'method',
              title: '方法',
              type: 'select',
              options: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((value) => ({ value, title: value })),
            },
            { name: 'route', title: '接口路径', help: '照接口文档，如 /api/v1/records/{kind}/{id}' },
            { name: 'since', title: '弃用日期', type: 'date', value: dayOf(Date.now()), help: '今天或以后' },
            { name: 'sunset', title: '停用日期', type: 'date', help: '至少在弃用日期的 12 个月以后' },
            { name: 'successor', title: '替代接口', help: '新接口的路径，或说明页的 https 网址' },
            { name: 'reason', title: '原因', type: 'area' },
          ]}
          submit={async (values) => {
            await call('POST', '/api/v1/deprecations', values)
            done()
          }}
          onClose={close}
        />
      )}
      {box?.act === 'take-back' && (
        <AskBox
          title={`撤回：${box.of.method} ${asWritten(box.of.route)}`}
          act="撤回"
          fields={[{ name: 'reason', title: '原因', type: 'area' }]}
          submit={async ({ reason }) => {
            await call('POST', '/api/v1/deprecations/take-back', {
              method: box.of.method,
              route: box.of.route,
              reason,
            })
            done()
          }}
          onClose={close}
        />
      )}
    </>
  )
}
