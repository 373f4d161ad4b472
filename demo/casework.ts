import { dayText } from './chain.ts'
import { type Story, soonAfter } from './story.ts'

const day = 86_400_000
const hour = 3_600_000

type Found = { items: { id: string; version: number }[] }

/** The newest record of a kind that somebody sees. */
async function newest(story: Story, by: string, kind: string): Promise<string | undefined> {
  const page = await story.apis[by]?.send<Found>('GET', `/api/v1/records/${kind}?limit=1`)
  return page?.items[0]?.id
}

/** 示例: what people ask of each other about records: 待办, 批注 and an approval on its way. */
export async function casework(story: Story): Promise<void> {
  const send = (by: string, path: string, body: object) =>
    story.apis[by]?.send<{ id: string }>('POST', `/api/v1/records/${path}`, body)
  soonAfter(story, story.now - 20 * day)
  const template = await send('city', 'approval-flow', {
    name: '产品备案会审（示例）',
    appliesTo: '产品备案',
    remark: '新品类的备案先由县区看材料，再由市局定。',
    steps: [
      { title: '县区看材料', who: 'county', how: 'any', days: 3, onRefusal: 'end' },
      { title: '市局会审', who: 'city', how: 'any', days: 5, onRefusal: 'back' },
    ],
  })
  await send('city', `approval-flow/${template?.id}/steps/publish`, { version: 1 })
  const product = await newest(story, 'sauce', 'product')
  soonAfter(story, story.now - day)
  if (product) {
    await send('sauce', `product/${product}/flows`, { template: template?.id, note: '配料有调整，请会审。（示例）' })
    await send('sauce', `product/${product}/comments`, { text: '标签样张稍后补传。（示例）' })
  }
  const test = await newest(story, 'yufeng', 'sampling-test')
  soonAfter(story, story.now - 5 * hour)
  if (test) {
    await send('city', `sampling-test/${test}/comments`, {
      text: '请查清同批酸笋流向，今天下班前报我。（示例）',
      audience: 'side',
    })
    await send('city', `sampling-test/${test}/tasks`, {
      title: '查清同批酸笋流向并回报（示例）',
      detail: '涉及两家下游，先电话核实库存。',
      to: { authority: true },
      dueOn: dayText(story.now + day),
    })
  }
  const complaint = await newest(story, 'chengzhong', 'complaint')
  soonAfter(story, story.now - 3 * hour)
  if (complaint)
    await send('city', `complaint/${complaint}/tasks`, {
      title: '到店核实胀袋产品的批号（示例）',
      to: { authority: true },
      dueOn: dayText(story.now),
    })
}
