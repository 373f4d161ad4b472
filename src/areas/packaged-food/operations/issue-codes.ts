import { choice, code, number, text } from '../../../language/index.ts'
import { uuidv7 } from '../../../platform/id.ts'
import type { Operation } from '../../../platform/operation.ts'
import { issueCodes as issue, QUANTITY_LIMIT } from '../../../trace/codes/index.ts'

/** So many serials come with the answer, so that a small order needs no second request. */
const SERIALS_SHOWN = 200

/** 赋码: the next trace codes of one of the enterprise's products, for a lot (E5.3.2.b). Nothing is stored per code. */
export const issueCodes: Operation = {
  name: 'issue-codes',
  title: '申领追溯码',
  help: '按商品和批次申领一物一码，下载后印到包装上。',
  fields: {
    gtin: code({ title: '商品条码', help: '扫描或输入 8 到 14 位', table: 'gtin', required: true }),
    lot: text({ title: '批号', help: '要印在这些码上的批次', required: true, max: 20 }),
    quantity: number({ title: '数量', help: '每件一个码', required: true, min: 1, max: QUANTITY_LIMIT }),
    level: choice({ title: '包装层级', help: '不选时为单件', options: { unit: '单件', case: '箱' } }),
    activation: choice({
      title: '启用方式',
      help: '须激活的码在激活前被查到，会提示有疑点',
      options: { none: '申领即有效', needed: '激活后有效' },
    }),
    market: text({
      title: '销售区域',
      help: '行政区划代码的前 2、4 或 6 位，在别处流通时提示；不限时不填',
      pattern: { matches: '^[0-9]{2}([0-9]{2}){0,2}$', text: '应为 2、4 或 6 位行政区划代码' },
    }),
    id: text({
      title: '订单号',
      help: '由程序填写：同一个号重复提交，只发一次码',
      pattern: {
        matches: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
        text: '应为小写的 UUID',
      },
    }),
  },
  roles: ['enterprise'],
  async run({ sql, actor, codes, now }, input) {
    const { gtin, lot, quantity, id, level, activation, market } = input as {
      gtin: string
      lot: string
      quantity: number
      id?: string
      level?: 'unit' | 'case' | null
      activation?: 'none' | 'needed' | null
      market?: string | null
    }
    const order = await issue(sql, {
      id: id ?? uuidv7(now.getTime()),
      ownerId: actor.ownerId,
      actorId: actor.userId,
      gtin,
      lot,
      quantity,
      at: now,
      level: level ?? 'unit',
      needsActivation: activation === 'needed',
      ...(market && { market }),
    })
    const path = `/api/v1/code-orders/${order.id}`
    return {
      id: order.id,
      gtin: order.gtin,
      lot: order.lot,
      quantity: order.quantity,
      issuedAt: order.issuedAt,
      serials: [...codes.serialsOf(order, 0, SERIALS_SHOWN)].flat(),
      links: { codes: `${path}/codes.csv`, labels: `${path}/labels`, qr: `${path}/qr.svg` },
    }
  },
}
