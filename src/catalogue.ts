import { notifyUnfitCheck } from './areas/kitchen/operations/notify-unfit-check.ts'
import { morningCheck } from './areas/kitchen/records/morning-check.ts'
import { issueCodes } from './areas/packaged-food/operations/issue-codes.ts'
import { notifyUnprovenReceipt } from './areas/packaged-food/operations/notify-unproven-receipt.ts'
import { receiveMaterial } from './areas/packaged-food/operations/receive-material.ts'
import { materialReceipt } from './areas/packaged-food/records/material-receipt.ts'
import { subject } from './areas/registry/records/subject.ts'
import type { Kind } from './language/index.ts'
import type { CreateOperation, Operation, Reaction } from './platform/operation.ts'

/** The one written list of kinds. */
export const kinds: readonly Kind[] = [subject, materialReceipt, morningCheck]

/** Kinds whose records are themselves owners of other records. */
export const ownerKinds: ReadonlySet<string> = new Set(kinds.filter((kind) => kind.isOwner).map((kind) => kind.name))

/** The one written list of operations. */
export const operations: readonly Operation[] = [issueCodes]

/** Kinds whose creation writes more than the record. */
export const createOperations: readonly CreateOperation[] = [receiveMaterial]

/** What follows the change feed. */
export const reactions: readonly Reaction[] = [notifyUnfitCheck, notifyUnprovenReceipt]

/** The Chinese name of each area that has something to show, in the order of the menu. */
export const areas: Readonly<Record<string, string>> = {
  registry: '监管对象',
  'packaged-food': '预包装食品',
  kitchen: '智慧食安',
}
