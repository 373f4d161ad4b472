import { notifyUnfitCheck } from './areas/kitchen/operations/notify-unfit-check.ts'
import { morningCheck } from './areas/kitchen/records/morning-check.ts'
import { issueCodes } from './areas/packaged-food/operations/issue-codes.ts'
import { notifyUnprovenReceipt } from './areas/packaged-food/operations/notify-unproven-receipt.ts'
import { receiveMaterial } from './areas/packaged-food/operations/receive-material.ts'
import { materialReceipt } from './areas/packaged-food/records/material-receipt.ts'
import { subject } from './areas/registry/records/subject.ts'
import type { Kind } from './language/index.ts'
import type { CreateOperation, Operation, Reaction } from './platform/operation.ts'

export type Area = { name: string; title: string; kinds: readonly Kind[]; operations?: readonly Operation[] }

/** The one written list: areas in the order of the menu, each with its kinds and operations. */
export const areas: readonly Area[] = [
  { name: 'registry', title: '监管对象', kinds: [subject] },
  { name: 'packaged-food', title: '预包装食品', kinds: [materialReceipt], operations: [issueCodes] },
  { name: 'kitchen', title: '智慧食安', kinds: [morningCheck] },
]

export const kinds: readonly Kind[] = areas.flatMap((area) => area.kinds)
export const operations: readonly Operation[] = areas.flatMap((area) => area.operations ?? [])

/** Kinds whose records are themselves owners of other records. */
export const ownerKinds: ReadonlySet<string> = new Set(kinds.filter((kind) => kind.isOwner).map((kind) => kind.name))

/** Kinds whose creation writes more than the record. */
export const createOperations: readonly CreateOperation[] = [receiveMaterial]

/** What follows the change feed. */
export const reactions: readonly Reaction[] = [notifyUnfitCheck, notifyUnprovenReceipt]
