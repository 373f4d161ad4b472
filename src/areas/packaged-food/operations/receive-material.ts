import { isDeepStrictEqual } from 'node:util'
import type { CreateOperation, Work } from '../../../platform/operation.ts'
import { materialReceipt } from '../records/material-receipt.ts'
import { captureReceipts, declareError, eventIdOf, type Receipt } from './receipt-event.ts'

/** What a receiving event tells; a change of anything else leaves the event as it is. */
const told = ['receivedAt', 'supplier', 'lots', 'deliveryNote'] as const

/** A change of what happened: the old event is declared an error, and a new one tells how it was. */
async function correct(work: Work, id: string, input: unknown) {
  const before = (await work.store.read(materialReceipt, id)) as unknown as Receipt
  const given = (typeof input === 'object' && input !== null ? input : {}) as Partial<Receipt>
  const isMoved = told.some((name) => given[name] !== undefined && !isDeepStrictEqual(given[name], before[name]))
  if (!isMoved) return work.store.change(materialReceipt, id, input)
  const corrective = eventIdOf(crypto.randomUUID())
  const row = await work.store.change(materialReceipt, id, input, () => corrective)
  await declareError(work, before, corrective.eventId)
  await captureReceipts(work, [row as unknown as Receipt])
  return row
}

/**
 * 原料进货: writes the record of the receipt and the receiving event in one transaction. A receipt that is changed or
 * void takes its event along, so that the trace never tells what no record stands for.
 */
export const receiveMaterial: CreateOperation = {
  kind: materialReceipt.name,
  async create(work, input) {
    const made = await work.store.create(materialReceipt, input, eventIdOf)
    if (!made.known) await captureReceipts(work, [made.row as unknown as Receipt])
    return made
  },
  async createMany(work, inputs) {
    const outcomes = await work.store.createMany(materialReceipt, inputs, eventIdOf)
    const made = outcomes.map((outcome) => {
      if (outcome.failure) throw outcome.failure
      return outcome.made
    })
    const fresh = made.filter(({ known }) => !known).map(({ row }) => row as unknown as Receipt)
    if (fresh.length > 0) await captureReceipts(work, fresh)
    return made
  },
  change: correct,
  async void(work, id, input) {
    const row = await work.store.void(materialReceipt, id, input)
    await declareError(work, row as unknown as Receipt)
    return row
  },
  async merge(work, id, input) {
    const row = await work.store.merge(materialReceipt, id, input)
    await declareError(work, row as unknown as Receipt)
    return row
  },
}
