import assert from 'node:assert/strict'
import { buildLinkset, linkTypes } from '../../src/standards/digital-link/index.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

type Schema = {
  type?: string
  pattern?: string
  required?: string[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean
  items?: Schema
}

/** What a value breaks of a JSON Schema, as far as the published schemas of linksets go. */
function breaches(schema: Schema, value: unknown, at = ''): string[] {
  const type = Array.isArray(value) ? 'array' : typeof value
  if (schema.type !== undefined && schema.type !== type) return [`${at}: ${type}`]
  if (typeof value === 'string')
    return schema.pattern && !new RegExp(schema.pattern).test(value) ? [`${at}: ${value}`] : []
  if (Array.isArray(value)) return value.flatMap((item, i) => breaches(schema.items ?? {}, item, `${at}/${i}`))
  if (typeof value !== 'object' || value === null) return []
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}: no ${name}`)
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const patterns = Object.entries(schema.patternProperties ?? {}).filter(([pattern]) =>
      new RegExp(pattern).test(name),
    )
    const rules = [schema.properties?.[name], ...patterns.map(([, rule]) => rule)].filter((rule) => rule !== undefined)
    if (rules.length === 0 && schema.additionalProperties === false) return [`${at}: ${name}`]
    return rules.flatMap((rule) => breaches(rule, field, `${at}/${name}`))
  })
  return [...missing, ...fields]
}

function published(name: string): unknown {
  const [file] = corpusFiles(`gs1/linkset/${name}`)
  return JSON.parse(file?.text ?? '')
}

corpusTest('linksets are valid by the published schemas, RFC 9264 and GS1, with every link type', 2, () => {
  const types = [...linkTypes.keys()].map((linkType) => ({
    linkType,
    href: 'https://x.cn/a',
    title: '标题',
    hreflang: ['zh', 'en-US', '?'],
    type: 'text/html',
    context: ['CN'],
  }))
  const built = buildLinkset('https://x.cn/01/06901234567892/10/L1', '螺蛳粉', [
    ...types,
    { linkType: 'describedby', href: 'https://x.cn/b', title: '说明' },
  ])
  assert.deepEqual(breaches(published('gs1-linkset-schema.json') as Schema, built), [])
  const plain = buildLinkset('https://x.cn/01/06901234567892', '', [
    { linkType: 'gs1:pip', href: 'https://x.cn/a', title: '' },
  ])
  assert.deepEqual(breaches(published('gs1-linkset-schema.json') as Schema, plain), [])
})

corpusTest('the published valid linkset passes here and both invalid ones do not', 3, () => {
  const schema = published('gs1-linkset-schema.json') as Schema
  assert.deepEqual(breaches(schema, published('valid-gs1-example.json')), [])
  assert.notDeepEqual(breaches(schema, published('invalid-gs1-example.json')), [])
  assert.notDeepEqual(breaches(schema, published('invalid-basic-example.json')), [])
})
