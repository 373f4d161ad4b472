import { morningCheck } from './areas/kitchen/records/morning-check.ts'
import { materialReceipt } from './areas/packaged-food/records/material-receipt.ts'
import { subject } from './areas/registry/records/subject.ts'
import type { Kind } from './language/index.ts'

/** The one written list of kinds. */
export const kinds: readonly Kind[] = [subject, materialReceipt, morningCheck]

/** Kinds whose records are themselves owners of other records. */
export const ownerKinds: ReadonlySet<string> = new Set(kinds.filter((kind) => kind.isOwner).map((kind) => kind.name))

/** The Chinese name of each area that has something to show, in the order of the menu. */
export const areas: Readonly<Record<string, string>> = {
  registry: '监管对象',
  'packaged-food': '预包装食品',
  kitchen: '智慧食安',
}
