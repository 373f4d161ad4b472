import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import { imageOf } from '../../src/language/image.ts'
import { filesNamed, holdFiles, type Kind, sealedFields, uniqueFields } from '../../src/language/index.ts'
import { snake } from '../../src/language/names.ts'
import { mustBeSaid } from '../../src/language/schema.ts'
import { isOpenRegister } from '../../src/platform/store/context.ts'
import { give } from '../files.ts'
import { call, enterprise, type Person, type Town } from '../people.ts'
import { badValues } from './sample.ts'
import { type LawTown, openLawTown } from './town.ts'

let laws: LawTown
let town: Town

before(async () => {
  laws = await openLawTown()
  town = laws.town
})
after(() => town.server.close())

/** Every door that stands at a record. */
const doorsAt = ['/history', '/casework', '/proof', '/readers', '/referrers', '/signatures', '/person']

const writer = (kind: Kind): Person => laws.writer(kind)
const valid = (kind: Kind): Record<string, unknown> => laws.valid(kind)
const made = (kind: Kind) => laws.made(kind)

const count = async (kind: Kind) =>
  (await town.server.sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${snake(kind.name)}`))[0]?.n

type Refusal = { problems: { code: string; at: string; text: string }[] }

/** A content that names another file at a place. */
function withFile(content: Record<string, unknown>, at: string, sha256: string): Record<string, unknown> {
  const steps = at.split('/').slice(1)
  const last = steps.pop() as string
  const holder = steps.reduce((inner, step) => inner[step] as Record<string, unknown>, content)
  const there = holder[last]
  holder[last] = typeof there === 'object' ? { ...there, sha256 } : sha256
  return content
}

for (const kind of kinds) {
  const path = `/api/v1/records/${kind.name}`

  test(`${kind.name}: what is written is read back as it was given, with its owner and version 1`, async () => {
    const given = valid(kind)
    const { body } = await writer(kind).call('POST', path, given)
    const read = await writer(kind).call('GET', `${path}/${body.id}`)
    assert.equal(read.status, 200)
    assert.equal(read.body.version, 1)
    for (const [name, value] of Object.entries(given)) assert.deepEqual(read.body[name], value, name)
  })

  test(`[A4.6] ${kind.name}: an outsider reads nothing and changes nothing`, async () => {
    const row = await made(kind)
    for (const person of [kind.about ? town.factory : town.neighbour, town.otherCounty]) {
      // An owner that is filed in this county belongs to this county's authority and to itself alone.
      for (const [method, tail, body] of [
        ['GET', '', undefined],
        ...doorsAt.map((tail) => ['GET', tail, undefined] as const),
        ['PATCH', '', { version: 1 }],
        ['POST', '/void', { version: 1, reason: '试一试' }],
      ] as const) {
        const answer = await person.call(method, `${path}/${row.id}${tail}`, body)
        assert.ok([403, 404].includes(answer.status), `${method} ${tail}: ${answer.status}`)
      }
      const list = await person.call<{ items?: { id: string }[] }>('GET', `${path}?limit=200`)
      assert.ok(list.status === 403 || !list.body.items?.some((item) => item.id === row.id))
      if (isOpenRegister(kind)) continue
      const alone = await person.call('GET', `/api/v1/references/${kind.name}/${row.id}`)
      assert.ok([403, 404].includes(alone.status), `as a reference: ${alone.status}`)
      const found = await person.call<{ items?: { id: string }[] }>('GET', `/api/v1/references/${kind.name}`)
      assert.ok(found.status === 403 || !found.body.items?.some((item) => item.id === row.id), 'among the references')
    }
    for (const tail of ['', `/${row.id}`, `/${row.id}/history`])
      assert.equal((await call(town.server.url, undefined, 'GET', path + tail)).status, 401)
  })

  test(`[E5.4.d] ${kind.name}: a verb without its grant is refused and writes nothing`, async () => {
    const row = await made(kind)
    const people = { city: town.city, county: town.county, enterprise: town.factory }
    const attempts = {
      create: ['POST', path, valid(kind)],
      change: ['PATCH', `${path}/${row.id}`, { version: 1 }],
      void: ['POST', `${path}/${row.id}/void`, { version: 1, reason: '没有权限' }],
    } as const
    for (const [role, person] of Object.entries(people)) {
      for (const [verb, [method, url, body]] of Object.entries(attempts)) {
        if (kind.grants[role as keyof typeof people]?.includes(verb as never)) continue
        const before = await count(kind)
        assert.equal((await person.call(method, url, body)).status, 403, `${role} ${verb}`)
        assert.equal(await count(kind), before)
      }
    }
  })

  test(`${kind.name}: each field refuses each bad value at its own place and nothing is written`, async () => {
    for (const [name, field] of Object.entries(kind.fields)) {
      for (const bad of badValues(field)) {
        const before = await count(kind)
        const answer = await writer(kind).call<{ problems: { at: string; text: string }[] }>('POST', path, {
          ...valid(kind),
          [name]: bad.value,
        })
        assert.equal(answer.status, 422, `${name}: ${bad.why}: ${JSON.stringify(answer.body)}`)
        const problem = answer.body.problems[0]
        assert.equal(problem?.at, `/${name}${bad.at ?? ''}`, `${name}: ${bad.why}`)
        assert.match(problem?.text ?? '', /[\u4e00-\u9fff]/)
        assert.equal(await count(kind), before)
      }
    }
  })

  if (holdFiles(kind.fields))
    test(`${kind.name}: a file that was never uploaded, or is another’s and closed to the actor, is refused at its place and nothing is written`, async () => {
      const person = writer(kind)
      // The city may open what every organisation in it has.
      const others = person === town.factory ? [town.neighbour] : person === town.county ? [town.otherCounty] : []
      const closed = await Promise.all(others.map((other) => give(town.server, other, `别人的 ${kind.name}`)))
      const row = await made(kind)
      const before = await count(kind)
      for (const sha256 of ['d'.repeat(64), ...closed])
        for (const { at } of filesNamed(kind.fields, valid(kind))) {
          const given = withFile(valid(kind), at, sha256)
          const refused = (
            problems: readonly { code: string; at: string; text: string }[] | undefined,
            act: string,
          ) => {
            assert.deepEqual([problems?.[0]?.code, problems?.[0]?.at, problems?.length], ['no-such-file', at, 1], act)
            assert.match(problems?.[0]?.text ?? '', /[\u4e00-\u9fff]/)
          }
          refused((await person.call<Refusal>('POST', path, given)).body.problems, 'made')
          const many = await person.call<{ items: Refusal[] }>('POST', `${path}/batch`, { items: [given] })
          refused(many.body.items[0]?.problems, 'in a batch')
          const name = at.split('/')[1] as string
          const changed = await person.call<Refusal>('PATCH', `${path}/${row.id}`, { version: 1, [name]: given[name] })
          refused(changed.body.problems, 'changed')
        }
      assert.equal(await count(kind), before)
    })

  test(`${kind.name}: a required field that is missing is named, and an unknown one is refused`, async () => {
    for (const [name, field] of Object.entries(kind.fields).filter(([, each]) => mustBeSaid(each))) {
      const { [name]: _, ...rest } = valid(kind)
      const answer = await writer(kind).call<{ problems: { at: string }[] }>('POST', path, rest)
      assert.equal(answer.status, 422)
      assert.ok(
        answer.body.problems.some((problem) => problem.at === `/${name}`),
        field.title,
      )
    }
    const odd = await writer(kind).call<{ problems: { at: string }[] }>('POST', path, {
      ...valid(kind),
      ownerTitle: 'x',
    })
    assert.equal(odd.status, 422)
    assert.equal(odd.body.problems[0]?.at, '/ownerTitle')
  })

  test(`${kind.name}: the same id with the same content is the same record; with other content it is refused`, async () => {
    const given = { ...valid(kind), id: crypto.randomUUID() }
    const made = await writer(kind).call('POST', path, given)
    assert.equal(made.status, 201)
    const before = await count(kind)
    const again = await writer(kind).call('POST', path, given)
    assert.equal(again.status, 200)
    assert.deepEqual(again.body, made.body, 'what was made is told as it is read')
    assert.equal(await count(kind), before)
    const other = { ...given, ...valid(kind), id: given.id }
    const first = Object.entries(kind.fields).find(
      ([, field]) => field.type === 'text' && !field.derived && !field.pattern,
    )
    other[first?.[0] as never] = '另一份' as never
    assert.equal((await writer(kind).call('POST', path, other)).status, 409)
  })

  test(`${kind.name}: a change against a stale version is refused and shows the current record`, async () => {
    const person = writer(kind)
    const row = await made(kind)
    assert.equal((await person.call('PATCH', `${path}/${row.id}`, { version: 1 })).status, 200)
    const stale = await person.call<{ code: string; current: { version: number } }>('PATCH', `${path}/${row.id}`, {
      version: 1,
    })
    assert.equal(stale.status, 409)
    assert.equal(stale.body.code, 'version-conflict')
    assert.equal(stale.body.current.version, 2)
    for (const version of [undefined, 0, 1.5, '2', 2 ** 40])
      assert.equal((await person.call('PATCH', `${path}/${row.id}`, { version })).status, 422)
  })

  test(`[E5.4.c] ${kind.name}: a void record stays with its reason and takes no more changes`, async () => {
    const row = await made(kind)
    const person = writer(kind)
    assert.equal((await person.call('POST', `${path}/${row.id}/void`, { version: 1 })).status, 422)
    const gone = await person.call('POST', `${path}/${row.id}/void`, { version: 1, reason: '登记错了' })
    assert.equal(gone.status, 200)
    assert.equal(gone.body.state, 'void')
    assert.equal((await person.call('PATCH', `${path}/${row.id}`, { version: 2 })).status, 409)
    const read = await person.call('GET', `${path}/${row.id}`)
    assert.equal(read.body.voidReason, '登记错了')
  })

  test(`[B6.1] ${kind.name}: history keeps who, when and every image, and its last image is the record`, async () => {
    const row = await made(kind)
    const person = writer(kind)
    await person.call('PATCH', `${path}/${row.id}`, { version: 1 })
    const { body } = await person.call<{ items: { version: number; actor: { name: string }; image: object }[] }>(
      'GET',
      `${path}/${row.id}/history`,
    )
    assert.deepEqual(
      body.items.map((item) => item.version),
      [1, 2],
    )
    assert.ok(body.items.every((item) => item.actor.name.startsWith('test')))
    const [stored] = await town.server.sql.unsafe<{ image: object }[]>(
      `select ${imageOf(kind, 't')} as image from ${snake(kind.name)} t where id = $1`,
      [row.id],
    )
    // Sealed fields are opened for the reader; the stored image holds nothing of them.
    const { sealed, personId, ...open } = (stored?.image ?? {}) as Record<string, unknown>
    const closed = sealedFields(kind)
    const plain = (image: object) =>
      Object.entries(image).filter(([name]) => !closed.includes(name) && kind.fields[name]?.type !== 'snapshot')
    assert.deepEqual(Object.fromEntries(plain(body.items.at(-1)?.image ?? {})), Object.fromEntries(plain(open)))
    assert.equal(sealed !== undefined, closed.length > 0)
    assert.ok(closed.every((name) => !Object.hasOwn(open, name)))
  })

  test(`${kind.name}: pages put together are the whole list, once each, in order`, async () => {
    for (let i = 0; i < 5; i++) await made(kind)
    const all = await town.city.call<{ items: { id: string }[]; total: number }>('GET', `${path}?limit=200`)
    const paged: string[] = []
    let after = ''
    do {
      const page = await town.city.call<{ items: { id: string }[]; next: string | null }>(
        'GET',
        `${path}?limit=2&after=${after}`,
      )
      paged.push(...page.body.items.map((item) => item.id))
      after = page.body.next ?? ''
    } while (after)
    assert.deepEqual(
      paged,
      all.body.items.map((item) => item.id),
    )
    assert.equal(all.body.total, paged.length)
  })

  test(`${kind.name}: a filter, sort, cursor or size that means nothing is refused`, async () => {
    for (const query of [
      'nonsense=1',
      'sort=nonsense',
      'after=nonsense',
      'limit=0',
      'limit=9999',
      'limit=x',
      'q=a&q=b',
    ])
      assert.equal((await town.city.call('GET', `${path}?${query}`)).status, 422, query)
  })
}

test('[B6.1] no code path may alter or remove history: the application has no right to', async () => {
  const { sql } = town.server
  for (const text of [
    "update change set image = '{}'",
    'delete from change',
    'truncate change',
    'delete from subject',
    "update account set password_hash = 'x' where false; delete from account",
  ])
    await assert.rejects(
      sql.begin(async (tx) => {
        await tx`set local role shisu_web`
        await tx.unsafe(text)
      }),
      /permission denied/,
      text,
    )
})

test('an owner cannot be filed into a county that its filer does not govern', async () => {
  const kind = kinds.find((each) => each.isOwner) as Kind
  const path = `/api/v1/records/${kind.name}`
  const abroad = await town.county.call('POST', path, { ...valid(kind), region: '450203' })
  assert.equal(abroad.status, 403)
  const home = await town.county.call('POST', path, { ...valid(kind), region: '450204' })
  assert.equal(home.status, 201)
  const moved = await town.county.call('PATCH', `${path}/${home.body.id}`, { version: 1, region: '450203' })
  assert.equal(moved.status, 403)
})

test('[C6.2.1] a unified social credit code belongs to one subject in the whole platform', async () => {
  const kind = kinds.find((each) => uniqueFields(each).includes('uscc')) as Kind
  const given = valid(kind)
  assert.equal((await town.city.call('POST', `/api/v1/records/${kind.name}`, given)).status, 201)
  const again = await town.city.call<{ problems: { at: string }[] }>('POST', `/api/v1/records/${kind.name}`, {
    ...valid(kind),
    uscc: given.uscc,
  })
  assert.equal(again.status, 409)
  assert.equal(again.body.problems[0]?.at, '/uscc')
})

test('a value that is unique within an owner is refused twice to the same owner, never to two, and is free again when void', async () => {
  const own = kinds.flatMap((kind) =>
    uniqueFields(kind)
      .filter((name) => kind.fields[name]?.unique === 'owner')
      .map((name) => ({ kind, name, path: `/api/v1/records/${kind.name}` })),
  )
  assert.ok(own.length > 0)
  for (const { kind, name, path } of own) {
    const first = valid(kind)
    const same = () => ({ ...valid(kind), [name]: first[name] })
    const made = await town.factory.call<{ id: string; version: number }>('POST', path, first)
    assert.equal(made.status, 201)
    const again = await town.factory.call<{ problems: { at: string }[] }>('POST', path, same())
    assert.equal(again.status, 409)
    assert.equal(again.body.problems[0]?.at, `/${name}`)
    assert.equal((await town.neighbour.call('POST', path, same())).status, 201, 'of another owner')
    await town.factory.call('POST', `${path}/${made.body.id}/void`, { version: 1, reason: '登记重复' })
    assert.equal((await town.factory.call('POST', path, same())).status, 201, 'after the first is void')
  }
})

test('[A4.6] a record of another owner cannot be written by naming that owner', async () => {
  for (const kind of kinds.filter((each) => !each.isOwner)) {
    const answer = await town.factory.call('POST', `/api/v1/records/${kind.name}`, {
      ...valid(kind),
      ownerId: town.neighbour.ownerId,
    })
    assert.equal(answer.status, 403, kind.name)
  }
})

test('[D4.3.7.11] an enterprise that is filed can be found by name, by part of it, by pinyin and by initials', async () => {
  await enterprise(town.server, town.city, '450204', '示例螺蛳粉坊')
  for (const q of ['螺蛳粉', '粉', 'luosifen', 'lsf', '示例螺蛳粉坊', 'slls'])
    assert.ok(
      (
        await town.city.call<{ items: { name: string }[] }>('GET', `/api/v1/records/subject?q=${encodeURIComponent(q)}`)
      ).body.items.some((item) => item.name === '示例螺蛳粉坊'),
      q,
    )
  const none = await town.city.call<{ items: unknown[] }>(
    'GET',
    `/api/v1/records/subject?q=${encodeURIComponent('不存在的名字')}`,
  )
  assert.equal(none.body.items.length, 0)
})

test('[C6.2.1] what an authority writes about a subject is read by that subject and by no other', async () => {
  for (const kind of kinds.filter((each) => each.about && each.grants.enterprise?.includes('read'))) {
    const row = await made(kind)
    const path = `/api/v1/records/${kind.name}/${row.id}`
    assert.equal((await town.neighbour.call('GET', path)).status, 200, kind.name)
    assert.equal((await town.factory.call('GET', path)).status, 404, kind.name)
    assert.equal((await town.neighbour.call('PATCH', path, { version: 1 })).status, 403, kind.name)
  }
})

test('a file that a record names already stays through its later changes, though it is known here no more', async () => {
  const kind = kinds.find(({ name }) => name === 'retained-sample') as Kind
  const path = `/api/v1/records/${kind.name}`
  const photo = [await give(town.server, town.factory, '以前的照片')]
  const { body } = await town.factory.call('POST', path, { ...valid(kind), photo })
  await town.server.sql`delete from file where sha256 = ${photo[0] as string}`
  assert.equal((await town.factory.call('PATCH', `${path}/${body.id}`, { version: 1, photo })).status, 200)
  assert.equal((await town.factory.call('POST', path, { ...valid(kind), photo })).status, 422)
})
