import { kinds } from './catalogue.ts'
import type { Source, UseRights } from './ledger/index.ts'
import { changeSource } from './platform/ledger/change-source.ts'
import { eventSource } from './trace/index.ts'

/** 确权: what holds public fields is for everybody, the rest for the parties and their authorities. */
const useOf = (name: string): UseRights => {
  const kind = kinds.find((each) => each.name === name)
  return kind && Object.values(kind.fields).some((field) => field.class === 'public') ? 'public' : 'parties'
}

/** All that becomes a leaf: records, audit batches and code orders by the change feed, and captured events. */
export const ledgerSources: readonly Source[] = [changeSource(useOf), eventSource]
