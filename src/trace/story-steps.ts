import type { Facts, Material, PublicEvent } from './story-read.ts'

/** One step of the way, in plain Chinese. `until` where it stretched over days. */
export type Step = { kind: StepKind; at: Date; until?: Date; text: string; detail?: string }
export type StepKind = 'material' | 'making' | 'made' | 'inspected' | 'moved' | 'shelf' | 'halted'

const INSPECTED: Record<string, string> = { conformant: '检验合格，放行', non_conformant: '检验不合格' }
/** Steps of one kind beyond this number are told as one. */
const SHOWN_ALONE = 9

/** The upstream part: raw materials in, what was made of them. */
export function upstreamSteps(facts: Facts, madeAt: Date | undefined): Step[] {
  const steps: Step[] = []
  const { materials } = facts
  const received = materials.flatMap((material) => material.received ?? []).sort((a, b) => a.getTime() - b.getTime())
  const first = received[0]
  if (materials.length > 0 && first !== undefined) {
    steps.push({
      kind: 'material',
      at: first,
      until: received.at(-1),
      text: `${namesOf(materials)}${materials.length} 批原料进厂`,
      detail: materials.every((material) => material.inspected) ? '都有检验合格的记录' : undefined,
    })
  }
  const makings = facts.makings.filter((making) => making.makes && making.at.getTime() !== madeAt?.getTime())
  const begun = makings[0]
  if (begun !== undefined) {
    const made = [...new Set(makings.flatMap((making) => making.makes?.split('、') ?? []))]
    const text = `制成${made.slice(0, 4).join('、')}${made.length > 4 ? '等' : ''}`
    steps.push({ kind: 'making', at: begun.at, until: makings.at(-1)?.at, text })
  }
  return steps
}

/** `米粉、螺蛳、酸笋等 6 批原料`: at most three different names. */
export function namesOf(materials: readonly Material[]): string {
  const names = [...new Set(materials.flatMap((material) => material.name ?? []))]
  if (names.length === 0) return ''
  const more = materials.length > names.length || names.length > 3 || materials.some((m) => m.name === undefined)
  return `${names.slice(0, 3).join('、')}${more ? '等 ' : ' '}`
}

/** The lot's or thing's own steps: made, inspected, moved, on the shelf, halted. Steps of no meaning to a shopper fall. */
export function ownSteps(events: readonly PublicEvent[]): Step[] {
  const steps: Step[] = []
  const seen = new Set<string>()
  let before: PublicEvent | undefined
  for (const event of [...events].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    const step = stepOf(event)
    if (step === undefined || seen.has(step.kind + step.text)) continue
    seen.add(step.kind + step.text)
    const both = before && inOne(before, event)
    if (both === undefined) steps.push(step)
    else (steps.at(-1) as Step).text = both
    before = event
  }
  return [
    ...steps.filter((step) => step.kind !== 'moved' && step.kind !== 'shelf'),
    ...together(steps, 'moved', (count) => `经过 ${count} 次入库、运输和交接`),
    ...together(steps, 'shelf', (count) => `在 ${count} 家店上架`),
  ]
}

/** Two records of one act in the shopper's eyes: received and put in store, handed to a carrier and carried by it. */
function inOne(before: PublicEvent, event: PublicEvent): string | undefined {
  const place = before.place ?? before.by
  if (event.step === 'storing' && before.step === 'receiving' && place === (event.place ?? event.by)) {
    return `${place}收货入库`
  }
  if (event.step === 'transporting' && before.step === 'shipping' && before.receiver === event.by) {
    return `从${place}发出，由${event.by}承运`
  }
  return undefined
}

function stepOf(event: PublicEvent): Step | undefined {
  const { at } = event
  const here = event.place ?? event.by
  if (event.disposition === 'recalled') return { kind: 'halted', at, text: `${event.by}宣布召回` }
  switch (event.step) {
    case 'commissioning':
    case 'creating_class_instance':
      return event.role === 'container' || event.role === 'input' ? undefined : made(event)
    case 'inspecting':
      return { kind: 'inspected', at, text: INSPECTED[event.disposition] ?? '做过检验，没有申报结果' }
    case 'holding':
      return { kind: 'halted', at, text: `${event.by}暂停销售` }
    case 'packing':
      return { kind: 'moved', at, text: '装箱' }
    case 'storing':
      return { kind: 'moved', at, text: `入库：${here}` }
    case 'shipping':
    case 'departing':
      return { kind: 'moved', at, text: event.receiver ? `从${here}发往${event.receiver}` : `从${here}发出` }
    case 'transporting':
      return { kind: 'moved', at, text: `由${event.by}承运` }
    case 'arriving':
    case 'receiving':
      return { kind: 'moved', at, text: `${here}收货` }
    case 'stocking':
      return { kind: 'shelf', at, text: `${here}上架` }
    case 'retail_selling':
      return { kind: 'shelf', at, text: `${here}售出` }
    default:
      return event.role === 'output' ? made(event) : undefined
  }
}

const made = (event: PublicEvent): Step => ({ kind: 'made', at: event.at, text: `${event.by}生产、包装` })

/** Many steps of one kind (a lot that went to forty shops) become one sentence. */
function together(steps: readonly Step[], kind: StepKind, tell: (count: number) => string): Step[] {
  const of = steps.filter((step) => step.kind === kind)
  const first = of[0]
  if (first === undefined || of.length <= SHOWN_ALONE) return of
  return [{ kind, at: first.at, until: of.at(-1)?.at, text: tell(of.length) }]
}
