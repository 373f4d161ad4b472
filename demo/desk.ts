import { createHash } from 'node:crypto'
import { type Chain, dayText, luosifen } from './chain.ts'
import { strokeOf } from './picture.ts'
import { type Story, soonAfter } from './story.ts'

const day = 86_400_000
const hour = 3_600_000

type Body = Record<string, unknown>
type Made = { id: string; version: number }

const instant = (at: number): string => new Date(at).toISOString()

/** Files a record as somebody, some time ago. */
async function file(story: Story, by: string, kind: string, at: number, body: Body): Promise<Made> {
  soonAfter(story, at)
  return (await story.apis[by]?.send<Made>('POST', `/api/v1/records/${kind}`, body)) as Made
}

/** Takes a step with it. */
async function step(story: Story, by: string, kind: string, made: Made, name: string, at: number, body: Body = {}) {
  soonAfter(story, at)
  const path = `/api/v1/records/${kind}/${made.id}/steps/${name}`
  Object.assign(made, await story.apis[by]?.send<Made>('POST', path, { version: made.version, ...body }))
}

async function stroke(story: Story, by: string, number: number): Promise<string> {
  const bytes = strokeOf(number)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await story.apis[by]?.upload(bytes, 'image/png', sha256)
  return sha256
}

async function registry(story: Story): Promise<void> {
  const long = story.now - 200 * day
  const general = await file(story, 'city', 'catalogue-entry', long - 60 * day, {
    code: '07',
    name: '方便食品',
    level: 'national',
    edition: '2025 年版（示例）',
    holds: { from: '2025-01-01' },
  })
  const entry = await file(story, 'city', 'catalogue-entry', long - 60 * day, {
    code: '07.0701',
    name: '方便食品（米粉）',
    level: 'local',
    parent: general.id,
    edition: '2025 年版（示例）',
    holds: { from: '2025-01-01', until: '2025-12-31' },
  })
  soonAfter(story, long - 10 * day)
  await story.apis.city?.send('PATCH', `/api/v1/records/catalogue-entry/${entry.id}`, {
    version: entry.version,
    name: '方便食品（螺蛳粉）',
    edition: '2026 年版（示例）',
    holds: { from: '2026-01-01' },
    remark: '单列螺蛳粉，其他米粉另编（示例）',
  })
  const product = await file(story, 'noodle', 'product', long, {
    name: luosifen.name,
    brand: '示例牌',
    gtin: luosifen.gtin,
    foodClass: '07',
    catalogue: entry.id,
    netContent: { value: '300', unit: 'GRM' },
    specification: '300 g/袋，24 袋/箱',
    shelfLifeDays: luosifen.shelfLifeDays,
    standard: 'DBS45/034—2021',
    process: '干米粉、汤料包、配料包分装',
    origin: '广西柳州',
    storage: '常温、干燥、避光',
    ingredients: '干米粉、螺蛳汤料包、酸笋、花生、木耳、萝卜干、腐竹、辣椒油、食醋（示例）',
    nutrition: '能量 1520 kJ/100 g，蛋白质 7.2 g，脂肪 9.8 g，碳水化合物 60.1 g，钠 1480 mg（示例）',
    suits: '一般人群',
    method: '米粉煮 8 分钟，沥水后加汤料包和配料',
    reminder: '含花生，过敏者慎食',
    salesArea: 'country',
  })
  await step(story, 'noodle', 'product', product, 'submit', long + hour)
  await step(story, 'liunan', 'product', product, 'approve', long + 2 * day, { review: '材料齐全（示例）' })
  const waiting = await file(story, 'sauce', 'product', story.now - 2 * day, {
    name: '螺蛳汤料包（示例）',
    gtin: '09524500000069',
    foodClass: '03',
    netContent: { value: '30', unit: 'GRM' },
    shelfLifeDays: 180,
    standard: 'Q/示例 0001S',
    origin: '广西柳州',
    storage: '常温、干燥',
    ingredients: '螺蛳、猪骨、香辛料（示例）',
    salesArea: 'city',
  })
  await step(story, 'sauce', 'product', waiting, 'submit', story.now - 1.5 * day)
  const sites: [by: string, name: string, use: string, address: string, lng: number, lat: number][] = [
    ['noodle', '示例一号车间', 'workshop', '柳南区示例工业园 1 号', 109.3853, 24.3362],
    ['store', '示例 7 号仓', 'warehouse', '柳北区示例物流园 7 号仓', 109.4121, 24.3901],
    ['canteen', '示例小学厨房', 'kitchen', '城中区示例街 11 号一楼', 109.4211, 24.3219],
    ['market', '示例超市壬一店', 'shop', '城中区示例大道 9 号', 109.4289, 24.3127],
  ]
  for (const [by, name, use, address, lng, lat] of sites)
    await file(story, by, 'site', long, { name, use, address, place: { lng, lat }, keeper: '示例负责人' })
  for (const [stall, business, categories] of [
    ['A-03', '蔬菜零售', '叶菜、根茎、菌菇'],
    ['B-11', '鲜肉零售', '猪肉、牛肉'],
  ] as const)
    await file(story, 'chengzhong', 'merchant', long, {
      name: `示例${stall} 摊`,
      merchantCode: `SL-${stall}`,
      business,
      categories,
      node: story.ids.market,
      stall,
      region: '450202',
      contact: '示例摊主',
      phone: '0772-2860030',
    })
}

async function people(story: Story): Promise<void> {
  const names: [string, string, number][] = [
    ['示例厨师长', 'cook', 300],
    ['示例张师傅', 'cook', 25],
    ['示例李阿姨', 'cutter', 120],
    ['示例韦师傅', 'server', 200],
    ['示例覃阿姨', 'cleaner', 55],
    ['示例莫师傅', 'keeper', -4],
  ]
  for (const [index, [name, post, left]] of names.entries())
    await file(story, 'canteen', 'practitioner', story.now - 90 * day, {
      name,
      post,
      certificateNumber: `示例健证 2026-${index + 1}`,
      certificate: { from: dayText(story.now + (left - 365) * day), until: dayText(story.now + left * day) },
    })
}

async function samples(story: Story): Promise<void> {
  const today = Math.floor((story.now + 8 * hour) / day) * day - 8 * hour
  const dishes = ['番茄炒蛋', '清炒时蔬', '莲藕排骨汤', '米饭']
  for (let before = 4; before >= 1; before--)
    for (const [index, dish] of dishes.entries()) {
      const takenAt = today - before * day + 11.5 * hour
      const made = await file(story, 'canteen', 'retained-sample', takenAt, {
        dish: `${dish}（示例）`,
        meal: 'lunch',
        takenAt: instant(takenAt),
        amount: { value: String(130 + index * 5), unit: 'GRM' },
        box: `盒 ${index + 1}`,
        cabinet: '1 号留样柜',
        temperature: { value: '4.2', unit: 'CEL' },
        taker: '示例李阿姨',
      })
      const disposedAt = takenAt + 49 * hour
      if (disposedAt < story.now)
        await step(story, 'canteen', 'retained-sample', made, 'dispose', disposedAt, {
          disposedAt: instant(disposedAt),
          disposer: '示例李阿姨',
        })
    }
}

async function supervision(story: Story, chain: Chain): Promise<void> {
  const points = [
    {
      section: '许可管理',
      point: '食品经营许可证在有效期内，实际经营项目与许可一致',
      weight: 'key',
      basis: '食品安全法第 35 条',
    },
    {
      section: '健康管理',
      point: '从业人员持有效健康证明，每日晨检有记录',
      weight: 'key',
      basis: '食品安全法第 45 条',
    },
    {
      section: '原料控制',
      point: '查验供货者许可和合格证明，按规定留存',
      weight: 'general',
      basis: '食品安全法第 53 条',
    },
    { section: '加工制作', point: '热菜烧熟煮透，中心温度符合规定', weight: 'key', basis: 'GB 31654' },
    { section: '食品留样', point: '每餐每品种留样，数量、时间和温度符合规定', weight: 'key', basis: 'GB 31654' },
    { section: '设施清洁', point: '防鼠防蝇设施完好，地面无积水', weight: 'general', basis: 'GB 31654' },
  ]
  const template = await file(story, 'city', 'inspection-template', story.now - 100 * day, {
    name: '学校食堂检查要点表（示例）',
    activity: 'catering',
    holds: { from: '2026-01-01' },
    points,
  })
  const answers = points.map(({ basis: _, ...point }, index) =>
    index === 4
      ? { ...point, verdict: 'failed', note: '米饭留样 110 g，少于规定（示例）' }
      : { ...point, verdict: 'passed' },
  )
  const at = story.now - 6 * day
  const signed = async (by: string, name: string, number: number) => ({
    name,
    at: instant(at),
    image: await stroke(story, by, number),
  })
  const inspection = await file(story, 'chengzhong', 'inspection', at, {
    subject: story.ids.canteen,
    template: template.id,
    startedAt: instant(at),
    place: { lng: 109.4211, lat: 24.3219 },
    inspector: '示例检查员甲',
    secondInspector: '示例检查员乙',
  })
  await step(story, 'chengzhong', 'inspection', inspection, 'order-rectification', at + hour, {
    answers,
    result: 'rectify',
    rectifyBy: dayText(story.now - day),
    inspectorSignature: await signed('chengzhong', '示例检查员甲', 90),
    subjectSignature: await signed('chengzhong', '示例园长', 91),
  })
  const sampleAt = story.now - 20 * day
  const test = await file(story, 'yufeng', 'sampling-test', sampleAt, {
    subject: story.ids.sauce,
    food: '腌酸笋（示例）',
    // What is left of this lot lies in the factory's store, and the rest can be followed from here.
    lot: chain.lots.bamboo,
    maker: '示例酸笋合作社戊',
    takenAt: instant(sampleAt),
    place: '成品库',
    amount: { value: '2', unit: 'KGM' },
    samplers: '示例检查员丙、示例检查员丁',
    laboratory: '示例食品检验所',
  })
  await step(story, 'yufeng', 'sampling-test', test, 'record-result', sampleAt + 12 * day, {
    items: [
      { item: '二氧化硫残留量', method: 'GB 5009.34', limit: '≤ 0.1 g/kg', measured: '0.31 g/kg', verdict: 'failed' },
      { item: '苯甲酸', method: 'GB 5009.28', limit: '≤ 1.0 g/kg', measured: '未检出', verdict: 'passed' },
    ],
    testedOn: dayText(sampleAt + 11 * day),
    result: 'failed',
  })
  await step(story, 'yufeng', 'sampling-test', test, 'tell', sampleAt + 13 * day, {
    toldOn: dayText(sampleAt + 13 * day),
  })
}

async function tellAndAnswer(story: Story): Promise<void> {
  const announcement = await file(story, 'city', 'announcement', story.now - 3 * day, {
    title: '关于开展酸笋制品专项检查的通知（示例）',
    form: 'notice',
    audience: 'regulators',
    body: '各县区局：近期抽检发现酸笋二氧化硫残留超标，请于本月底前对辖区内酸笋及使用酸笋的企业检查一遍。（示例）',
    holds: { from: dayText(story.now - 3 * day), until: dayText(story.now + 10 * day) },
  })
  await step(story, 'city', 'announcement', announcement, 'issue', story.now - 3 * day + hour)
  const warning = await file(story, 'city', 'announcement', story.now - 2 * day, {
    title: '酸笋二氧化硫残留超标消费警示（示例）',
    form: 'warning',
    audience: 'production',
    body: '近期监督抽检发现 3 批次酸笋二氧化硫残留量超过 GB 2762 限量。请使用酸笋的生产企业立即核对供货单位和批次，涉及的停止使用并报告所在县区局。（示例）',
    confirmBy: dayText(story.now + 2 * day),
    holds: { from: dayText(story.now - 2 * day), until: dayText(story.now + 20 * day) },
  })
  await step(story, 'city', 'announcement', warning, 'issue', story.now - 2 * day + hour)
  soonAfter(story, story.now - 1.9 * day)
  await story.apis.noodle?.send('POST', '/api/v1/operations/confirm-announcement', { announcement: warning.id })
  const meeting = await file(story, 'liunan', 'announcement', story.now - day, {
    title: '关于参加食品安全管理人员线上培训的通知（示例）',
    form: 'notice',
    audience: 'everyone',
    body: '定于下周三 15:00 举办线上培训，请各单位食品安全总监、食品安全员参加。\n培训内容：留样管理、晨检登记、进货查验。（示例）',
    holds: { from: dayText(story.now - day), until: dayText(story.now + 9 * day) },
  })
  await step(story, 'liunan', 'announcement', meeting, 'issue', story.now - day + hour)
  const complaint = await file(story, 'chengzhong', 'complaint', story.now - 1.2 * day, {
    form: 'complaint',
    receivedAt: instant(story.now - 1.2 * day),
    channel: 'telephone',
    subject: story.ids.market,
    food: luosifen.name,
    content: '买到的螺蛳粉外袋鼓包，担心变质。（示例）',
  })
  await step(story, 'chengzhong', 'complaint', complaint, 'accept', story.now - day, { handler: '示例检查员甲' })
}

/** 运行维护: the media, a destruction and an upgrade that the operator has on its books. */
async function registers(story: Story): Promise<void> {
  const at = story.now - 20 * day
  await file(story, 'city', 'storage-medium', at, {
    label: '示例-BK-2026-03',
    medium: 'disk',
    content: '示例：三月全量备份',
    level: 'important',
    copies: 'copy',
    custodian: '示例保管员',
    place: '示例机房 2 号柜',
  })
  await file(story, 'city', 'data-destruction', at + day, {
    thing: '示例：报废硬盘 1 块',
    method: 'degaussing',
    reason: '示例：到期报废',
    destroyedAt: instant(at + day),
    approver: '示例主任',
    operator: '示例管理员',
    witness: '示例监销员',
  })
  await file(story, 'city', 'risk-assessment', at + day, {
    title: '示例：年度安全风险评估',
    day: instant(at + day).slice(0, 10),
    assessor: '示例测评机构',
    scope: '示例：平台应用、数据库和机房',
    findings: [
      { risk: '示例：备份与平台在同一机房', grade: 'high', remedy: '异地存放一份', done: 'open' },
      { risk: '示例：一个账号长期未用', grade: 'low', remedy: '已停用', done: 'done' },
    ],
    conclusion: '示例：总体可控，一项高风险限期整改',
  })
  await file(story, 'city', 'system-upgrade', at + 2 * day, {
    what: '示例：平台版本升级',
    part: 'platform',
    fromVersion: '0.1',
    toVersion: '0.2',
    plannedAt: instant(at + 3 * day),
    rollback: '示例：恢复升级前的备份',
    approver: '示例主任',
    operator: '示例管理员',
  })
}

/** 示例: what lies on the desks of a city besides the chain. */
export async function deskRecords(story: Story, chain: Chain): Promise<void> {
  await registry(story)
  await people(story)
  await samples(story)
  await supervision(story, chain)
  await tellAndAnswer(story)
  await registers(story)
}
