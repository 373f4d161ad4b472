import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Ask, type AskField } from '../access/form.tsx'
import { call, read } from '../shell/api.ts'
import { type OwnKind, useCatalogue } from '../shell/catalogue.ts'
import { useSession } from '../shell/session.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { say } from '../ui/toast.tsx'

type Choice = { value: string; title: string }

/** The choices of a kind by which its list is filtered: a subscription may ask for one value of each. */
function choicesOf(kind: OwnKind | undefined): AskField[] {
  return Object.entries(kind?.fields ?? {}).flatMap(([name, field]): AskField[] =>
    field.type === 'choice' && kind?.list.filters?.includes(name)
      ? [
          {
            name: `value.${name}`,
            title: field.title,
            type: 'select',
            options: [
              { value: '', title: '不限' },
              ...Object.entries(field.options).map(([value, title]) => ({ value, title })),
            ],
          },
        ]
      : [],
  )
}

const levels: readonly Choice[] = [
  { value: '', title: '全部' },
  { value: 'warn', title: '需要处置的' },
  { value: 'bad', title: '只要严重的' },
]

/** What to subscribe to: a kind of record or notices, of one county, one subject, with given values. */
export function SubscribeBox({ channels, onClose }: { channels: readonly Choice[]; onClose(): void }) {
  const { kinds, regions } = useCatalogue()
  const { actor } = useSession()
  const readable = kinds.filter((kind) => kind.verbs.includes('read'))
  const [name, setName] = useState('')
  const [search, setSearch] = useState('')
  const owner = kinds.find((kind) => kind.isOwner)
  const isAuthority = actor.role !== 'enterprise'
  const { data } = useQuery({
    queryKey: ['references', owner?.name, search],
    queryFn: () => read<{ items: { id: string; title: string }[] }>(`/api/v1/references/${owner?.name}`, { q: search }),
    enabled: isAuthority && owner !== undefined,
  })
  const kind = readable.find((each) => each.name === name)
  const places: AskField[] = isAuthority
    ? [
        {
          name: 'region',
          title: '哪个县区',
          type: 'select',
          options: [{ value: '', title: '辖区全部' }, ...regions.map(({ code, title }) => ({ value: code, title }))],
        },
        {
          name: 'owner',
          title: '哪个单位',
          type: 'select',
          options: [
            { value: '', title: '不限' },
            ...(data?.items ?? []).map(({ id, title }) => ({ value: id, title })),
          ],
          help: '名单里没有时，在最上面按名称查找',
        },
      ]
    : []
  const fields: AskField[] = [
    { name: 'title', title: '名称' },
    ...places,
    ...(kind ? choicesOf(kind) : [{ name: 'level', title: '级别', type: 'select', options: levels } as const]),
    ...(channels.length > 0 ? [{ name: 'channels', title: '还通过', type: 'checks', options: channels } as const] : []),
  ]
  return (
    <Dialog title="新订阅" onClose={onClose}>
      <Ask
        act="订阅"
        fields={fields}
        onCancel={onClose}
        submit={async ({ title, region, owner: subject, level, ...given }, all) => {
          const filter = Object.fromEntries(
            Object.entries(given).flatMap(([key, value]) =>
              key.startsWith('value.') && value ? [[key.slice(6), value]] : [],
            ),
          )
          await call('POST', '/api/v1/subscriptions', {
            title,
            what: kind ? 'record' : 'notice',
            ...(kind ? { kind: kind.name, filter } : {}),
            ...(region ? { region } : {}),
            ...(subject ? { subject } : {}),
            ...(level && !kind ? { level } : {}),
            channels: all.getAll('channels').map(String),
          })
          say('已订阅')
          onClose()
        }}
      >
        <div className="asked">
          <label htmlFor="subscribe-what">订阅什么</label>
          <select id="subscribe-what" value={name} onChange={({ target }) => setName(target.value)}>
            <option value="">系统发现的问题（提醒）</option>
            {readable.map((each) => (
              <option key={each.name} value={each.name}>
                {each.title}：有新的登记或修改
              </option>
            ))}
          </select>
        </div>
        {isAuthority && (
          <div className="asked">
            <label htmlFor="subscribe-search">先找单位</label>
            <input
              id="subscribe-search"
              value={search}
              placeholder="单位名称，可不填"
              onChange={({ target }) => setSearch(target.value)}
            />
          </div>
        )}
      </Ask>
    </Dialog>
  )
}
