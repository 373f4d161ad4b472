import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { sealedFields } from '../../language/sealed.ts'
import { call, read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'

type Consent = {
  purpose: string
  words: string
  givenBy: 'self' | 'guardian'
  givenAt: string
  until: string | null
  withdrawnAt: string | null
}
type About = {
  purposes: Record<string, string>
  needed: { purpose: string; title: string }[]
  consents: Consent[]
  alike: { kind: string; kindTitle: string; id: string; same: string[] }[]
  erasure: { reason: string; askedBy: string; decidedBy: string; keySha256: string; at: string } | null
  asked: { askedAt: string; askedName: string } | null
}

type Group = { words: string; kind: string; ids: string[] }

/** Records that are very likely about the same person, kind by kind. */
function groupsOf(alike: About['alike']): Group[] {
  const groups = Map.groupBy(alike, (each) => `${each.kindTitle}，${each.same.join('、')}相同`)
  return [...groups].map(([words, of]) => ({
    words: `${of[0]?.kindTitle} ${of.length} 条（${of[0]?.same.join('、')}相同）`,
    kind: of[0]?.kind ?? words,
    ids: of.map((each) => each.id),
  }))
}

const isOpen = (consent: Consent) => !consent.withdrawnAt && !(consent.until && new Date(consent.until) < new Date())

const stateOf = (consent: Consent) =>
  consent.withdrawnAt
    ? `${minuteOf(consent.withdrawnAt)} 收回`
    : consent.until
      ? `到 ${minuteOf(consent.until)} 为止`
      : '收回前有效'

function Consents({ about, base, refetch }: { about: About; base: string; refetch(): void }) {
  const [giving, setGiving] = useState(false)
  const [ending, setEnding] = useState<Consent>()
  return (
    <>
      {about.consents.length > 0 && (
        <ul className="consents">
          {about.consents.map((consent) => (
            <li key={`${consent.purpose} ${consent.givenAt}`}>
              <Tag tone={isOpen(consent) ? 'good' : 'unknown'}>{about.purposes[consent.purpose]}</Tag>{' '}
              {consent.givenBy === 'guardian' ? '监护人' : '本人'}同意：{consent.words}
              <small className="muted">
                {minuteOf(consent.givenAt)} · {stateOf(consent)}
              </small>
              {isOpen(consent) && (
                <button type="button" className="button plain small" onClick={() => setEnding(consent)}>
                  收回
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      <button type="button" className="button small" onClick={() => setGiving(true)}>
        登记同意
      </button>
      {giving && (
        <AskBox
          title="登记本人的同意"
          act="登记"
          fields={[
            {
              name: 'purpose',
              title: '关于什么',
              type: 'select',
              value: about.needed[0]?.purpose,
              options: Object.entries(about.purposes).map(([value, title]) => ({ value, title })),
            },
            { name: 'words', title: '同意的内容', type: 'area', help: '用在哪里、怎么用，照告知书上的话写' },
            {
              name: 'by',
              title: '谁同意的',
              type: 'select',
              options: [
                { value: 'self', title: '本人' },
                { value: 'guardian', title: '监护人（不满十四周岁的必须由监护人）' },
              ],
            },
            { name: 'until', title: '到哪一天为止', type: 'date', help: '不填表示收回前一直有效' },
          ]}
          submit={async (values) => {
            await call('POST', `${base}/consents`, values)
            setGiving(false)
            say('已登记')
            refetch()
          }}
          onClose={() => setGiving(false)}
        />
      )}
      {ending && (
        <AskBox
          title={`收回同意：${about.purposes[ending.purpose]}`}
          act="收回"
          fields={[]}
          submit={async () => {
            const { cleared } = await call<{ cleared: number }>('POST', `${base}/consents/${ending.purpose}/withdraw`)
            setEnding(undefined)
            say(cleared > 0 ? `已收回，并清空了 ${cleared} 项` : '已收回')
            refetch()
          }}
          onClose={() => setEnding(undefined)}
        >
          <p>收回后，靠这项同意登记的内容会从记录中清空，以后也不能再填。</p>
        </AskBox>
      )}
    </>
  )
}

function Erasure({ about, base, refetch }: { about: About; base: string; refetch(): void }) {
  const [asking, setAsking] = useState(false)
  if (about.asked)
    return (
      <p className="note info">
        {about.asked.askedName} {minuteOf(about.asked.askedAt)} 申请擦除，等安全管理员批准。
      </p>
    )
  return (
    <>
      <button type="button" className="button small" onClick={() => setAsking(true)}>
        申请擦除
      </button>
      {asking && (
        <AskBox
          title="申请擦除个人信息"
          act="提交申请"
          fields={[
            { name: 'reason', title: '原因', type: 'area', help: '例如：离职，本人要求删除' },
            ...(about.alike.length > 0
              ? [
                  {
                    name: 'also',
                    title: '同一个人的其他记录，一并擦除',
                    type: 'checks' as const,
                    options: groupsOf(about.alike).map(({ words, ids }) => ({ value: ids.join(' '), title: words })),
                  },
                ]
              : []),
          ]}
          submit={async ({ reason }, form) => {
            await call('POST', `${base}/erasure`, {
              reason,
              also: form.getAll('also').flatMap((ids) => String(ids).split(' ')),
            })
            setAsking(false)
            say('已提交，等安全管理员批准')
            refetch()
          }}
          onClose={() => setAsking(false)}
        >
          <p>
            批准后这个人的密钥被销毁：记录、历史和备份里的姓名、号码、照片都不能再读出，也不能恢复。记录本身和办理经过保留。
          </p>
        </AskBox>
      )}
    </>
  )
}

/** What a record knows of a person: consents, erasure and its proof. Only for whoever keeps the record. */
export function PersonCard({ kind, row }: { kind: OwnKind; row: Row }) {
  const { actor } = useSession()
  const client = useQueryClient()
  const base = `/api/v1/records/${kind.name}/${row.id}/person`
  const isKept = row.ownerId === actor.ownerId && sealedFields(kind).length > 0
  const { data: about } = useQuery({
    queryKey: ['person', kind.name, row.id],
    queryFn: ({ signal }) => read<About>(base, {}, signal),
    enabled: isKept,
  })
  if (!isKept || !about) return null
  const refetch = () => client.invalidateQueries()
  if (about.erasure)
    return (
      <section className="card person">
        <h2>个人信息</h2>
        <p className="note">
          {minuteOf(about.erasure.at)} 已擦除，不能恢复。{about.erasure.askedBy}申请，{about.erasure.decidedBy}
          批准；原因：
          {about.erasure.reason}
        </p>
        <p className="muted">
          销毁凭据 <span className="mono">{about.erasure.keySha256}</span>
        </p>
      </section>
    )
  const titles = sealedFields(kind).map((name) => kind.fields[name]?.title)
  return (
    <section className="card person">
      <h2>个人信息</h2>
      <p className="muted">{titles.join('、')}加密保存，只有这条记录的人自己的密钥能打开。</p>
      {(about.needed.length > 0 || about.consents.length > 0) && <Consents {...{ about, base, refetch }} />}
      <Erasure {...{ about, base, refetch }} />
      {about.alike.length > 0 && (
        <p className="muted">
          可能是同一个人：
          {groupsOf(about.alike).map(({ words, kind: of, ids }) => (
            <Link
              key={words}
              to={ids.length === 1 ? path.record(of, ids[0] as string) : path.list(of, { id: ids.join(',') })}
            >
              {words}{' '}
            </Link>
          ))}
        </p>
      )}
    </section>
  )
}
