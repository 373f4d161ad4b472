import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'

/** One record with the titles it needs. */
export function useRecord(kind: OwnKind, id: string) {
  return useQuery({
    queryKey: ['record', kind.name, id],
    queryFn: ({ signal }) => read<Row>(`/api/v1/records/${kind.name}/${id}`, {}, signal),
  })
}
