import { createHash } from 'node:crypto'
import { type Chain, dayText, deliveries, goods } from './chain.ts'
import { pngOf } from './picture.ts'
import { type Story, soonAfter } from './story.ts'

const day = 86_400_000
const hour = 3_600_000

const people = ['示例厨师长', '示例张师傅', '示例李阿姨', '示例韦师傅', '示例覃阿姨', '示例莫师傅']

/** Working days back from the last one on which somebody was not well: person, symptom, what was done. */
const unwell = new Map<number, [number, 'fever' | 'diarrhoea' | 'wound' | 'cough', string]>([
  [0, [3, 'wound', '左手食指割伤，调离切配，已包扎']],
  [4, [2, 'cough', '回家休息，三天后复查']],
  [9, [4, 'fever', '体温 38.1 ℃，送医，治愈后凭证明上岗']],
  [15, [1, 'diarrhoea', '暂停上岗，做大便培养']],
])

/** The school days of the last thirty that have begun, newest first. */
function schoolDays(now: number): number[] {
  const today = Math.floor((now + 8 * hour) / day) * day - 8 * hour
  return Array.from({ length: 30 }, (_, before) => today - before * day).filter(
    (date) => !isWeekend(date) && date + 7 * hour < now,
  )
}

/** 一个月的晨检. */
export async function morningChecks(story: Story): Promise<void> {
  for (const [back, date] of [...schoolDays(story.now).entries()].reverse()) {
    soonAfter(story, date + 7 * hour)
    for (const [index, person] of people.entries()) {
      const [who, symptom, measure] = unwell.get(back) ?? []
      const ill = who === index
      await story.apis.canteen?.send('POST', '/api/v1/records/morning-check', {
        day: dayText(date),
        person,
        checkedAt: new Date(date + 6.5 * hour + index * 120_000).toISOString(),
        temperature: { value: ill && symptom === 'fever' ? '38.1' : `36.${2 + ((index + back) % 6)}`, unit: 'CEL' },
        symptom: ill ? symptom : 'none',
        hands: ill && symptom === 'wound' ? 'not-clean' : 'clean',
        result: ill ? 'unfit' : 'fit',
        ...(ill ? { measure } : {}),
        checker: '示例食品安全员',
      })
    }
  }
}

const isWeekend = (date: number): boolean => [0, 6].includes(new Date(date + 8 * hour).getUTCDay())

/** 进货查验 of one chain, each with a picture of its delivery note. */
export async function receipts(story: Story, chain: Chain): Promise<void> {
  for (const [index, delivery] of deliveries(chain).entries()) {
    const api = story.apis[delivery.to]
    soonAfter(story, delivery.at)
    const good = goods[delivery.key]
    if (!api) continue
    const picture = pngOf(index + chain.cases)
    const sha256 = createHash('sha256').update(picture).digest('hex')
    await api.upload(picture, 'image/png', sha256)
    // One bamboo lot of the older chain failed, and one bag lot came without its certificate.
    const conformity = chain.cases === 6 && delivery.key === 'bag' ? 'missing' : 'passed'
    await api.send('POST', '/api/v1/records/material-receipt', {
      receivedAt: new Date(delivery.at).toISOString(),
      supplier: story.ids[delivery.from],
      deliveryNote: `示例送货单 ${dayText(delivery.at).replaceAll('-', '')}-${index + 1}`,
      lots: [
        {
          name: good.name,
          gtin: good.gtin,
          lot: chain.lots[delivery.key],
          quantity: { value: delivery.quantity, unit: good.unit },
          producedOn: dayText(delivery.at - day),
          shelfLifeDays: good.shelfLifeDays,
          origin: good.origin,
          conformity,
        },
      ],
      photos: [sha256],
      receiver: '示例验收员',
    })
  }
}

/** A lot that failed at the gate and went back: what the county sees first. */
export async function failedReceipt(story: Story): Promise<void> {
  const { now } = story
  soonAfter(story, now - 5 * hour)
  const good = goods.bamboo
  await story.apis.sauce?.send('POST', '/api/v1/records/material-receipt', {
    receivedAt: new Date(now - 5 * hour).toISOString(),
    supplier: story.ids.bamboo,
    deliveryNote: '示例送货单 退货-1',
    lots: [
      {
        name: good.name,
        gtin: good.gtin,
        lot: `SS${dayText(now - 3 * day).replaceAll('-', '')}`,
        quantity: { value: '180', unit: 'KGM' },
        producedOn: dayText(now - 3 * day),
        shelfLifeDays: good.shelfLifeDays,
        origin: good.origin,
        conformity: 'failed',
        disposal: '二氧化硫残留超标，整批退回供应商，已通知其他门店停用',
      },
    ],
    receiver: '示例验收员',
    remark: '示例数据',
  })
}
