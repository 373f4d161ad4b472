import { event, type Fields, lot, pallet, place, serial } from './chain.ts'
import { type Happening, isSingle } from './reference.ts'

/** When random histories are looked back on. */
export const now = new Date('2026-08-01T00:00:00.000Z')
const start = Date.parse('2026-07-01T00:00:00.000Z')
/** A whole number of a random history as a time. */
export const moment = (time: number) => new Date(start + time * 3600_000)

/** A class is one in the whole database: each seed has its own products. */
export function ownGtin(seed: number, product: number): string {
  const body = `0690${String(seed).padStart(6, '0')}${String(product).padStart(3, '0')}`
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0)
  return body + String((10 - (sum % 10)) % 10)
}

/** Names like L0.0 (lot 0 of product 0), S0.1 (its serial 1), G0 (its class), K0 (container), as identifiers of one seed's own world. */
export function identifier(seed: number, thing: string): string {
  const [product = '0', number = '0'] = thing.slice(1).split('.')
  if (thing.startsWith('L')) return lot(ownGtin(seed, Number(product)), `X${seed}-${number}`)
  if (thing.startsWith('G')) return `https://id.gs1.org/01/${ownGtin(seed, Number(product))}`
  if (thing.startsWith('S')) return serial(ownGtin(seed, Number(product)), `X${seed}-${number}`)
  return pallet(sscc(`0690100${String(seed).padStart(5, '0')}${String(product).padStart(5, '0')}`))
}

function sscc(body: string): string {
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0)
  return body + String((10 - (sum % 10)) % 10)
}

/** What happened, as EPCIS says it. */
export function eventOf(seed: number, happening: Happening): Fields {
  const name = (thing: string) => identifier(seed, thing)
  const isLot = (thing: string) => !isSingle(thing)
  const things = (epcs: string, quantities: string, list: readonly { thing: string; quantity?: number }[]): Fields => {
    const single = list.filter(({ thing }) => !isLot(thing)).map(({ thing }) => name(thing))
    const counted = list
      .filter(({ thing }) => isLot(thing))
      .map(({ thing, quantity }) => ({ epcClass: name(thing), ...(quantity !== undefined && { quantity }) }))
    return { ...(single.length > 0 && { [epcs]: single }), ...(counted.length > 0 && { [quantities]: counted }) }
  }
  const plain = (list: readonly string[]) => list.map((thing) => ({ thing }))
  const common: Fields = {
    eventID: happening.id,
    bizLocation: place('factory'),
    ...(happening.declared && { errorDeclaration: { declarationTime: now.toISOString(), reason: 'did_not_occur' } }),
  }
  const time = moment(happening.time).toISOString()
  if (happening.kind === 'make') {
    return event('TransformationEvent', time, {
      ...common,
      ...things('inputEPCList', 'inputQuantityList', plain(happening.inputs)),
      ...things('outputEPCList', 'outputQuantityList', plain(happening.outputs)),
      ...(happening.joined && { transformationID: happening.joined }),
    })
  }
  if (happening.kind === 'commission') {
    const list = plain([happening.lot, ...happening.serials])
    return event('ObjectEvent', time, { ...common, action: 'ADD', ...things('epcList', 'quantityList', list) })
  }
  if (happening.kind === 'destroy') {
    const epcList = happening.things.map(name)
    return event('ObjectEvent', time, { ...common, action: 'DELETE', bizStep: 'destroying', epcList })
  }
  return event('AggregationEvent', time, {
    ...common,
    action: happening.action,
    parentID: name(happening.parent),
    ...things('childEPCs', 'childQuantityList', happening.children),
  })
}
