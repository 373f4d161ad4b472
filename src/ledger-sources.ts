import { kinds } from './catalogue.ts'
import type { Source, UseRights } from './ledger/index.ts'
import { changeSource } from './platform/ledger/change-source.ts'
import { openAsWritten } from './platform/ledger/sealed-later.ts'
import type { Keyring } from './platform/protect/keyring.ts'
import { eventSource } from './trace/index.ts'

/** What the public was told (0155) and the log's own keys (0156) are for everybody, and no kinds of record. */
const forAll = new Set(['lot-story', 'ledger-key'])

/** 确权: what holds public fields only is for everybody, the rest for the parties and their authorities. */
const useOf = (name: string): UseRights => {
  if (forAll.has(name)) return 'public'
  const kind = kinds.find((each) => each.name === name)
  return kind && Object.values(kind.fields).every((field) => field.class === 'public') ? 'public' : 'parties'
}

const byName = new Map(kinds.map((kind) => [kind.name, kind]))

/** All that becomes a leaf: records, audit batches and code orders by the change feed, and captured events. */
export const ledgerSources = (keyring?: Keyring): readonly Source[] => [
  changeSource(useOf, (tx, items) => openAsWritten(tx, keyring, byName, items)),
  eventSource,
]
