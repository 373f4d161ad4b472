import { call, Refusal, read } from '../shell/api.ts'

export type ImportState = 'reading' | 'ready' | 'committing' | 'done' | 'failed'
export type RowState = 'good' | 'bad' | 'known' | 'written' | 'refused'

/** A file that is being taken in, as the server tells it. */
export type Import = {
  id: string
  kind: string
  name: string
  size: number
  state: ImportState
  failure: string | null
  notes: string[]
  heads: string[]
  rows: number | null
  readRows: number
  counts: Record<RowState, number>
  createdAt: string
}

export type ImportRow = {
  number: number
  recordId: string | null
  state: RowState
  rows: { number: number; cells: string[] }[]
  more: number
  problems: { cell: string; code: string; text: string }[]
}

export type ImportPage = Import & { items: ImportRow[]; next: string | null }

/** Sends a file; `onProgress` hears the share that has gone, 0 to 1. */
export function uploadFile(kind: string, file: File, onProgress: (share: number) => void): Promise<Import> {
  return new Promise((resolve, reject) => {
    // fetch does not tell how much has been sent.
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1/records/${kind}/imports?name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('x-shisu', '1')
    request.setRequestHeader('content-type', /\.csv$/i.test(file.name) ? 'text/csv' : 'application/octet-stream')
    request.responseType = 'json'
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total)
    request.onload = () => {
      const body = (request.response ?? {}) as Record<string, unknown>
      if (request.status < 300) resolve(body as unknown as Import)
      else reject(new Refusal(request.status, body))
    }
    request.onerror = () => reject(new Refusal(0, {}))
    request.send(file)
  })
}

/** An import with the next rows of the wanted states. */
export function readImport(id: string, state: string, after: string | undefined, signal?: AbortSignal) {
  return read<ImportPage>(`/api/v1/imports/${id}`, { state, after, limit: '50' }, signal)
}

export function commitImport(id: string): Promise<Import> {
  return call<Import>('POST', `/api/v1/imports/${id}/commit`)
}

export function latestImports(kind: string, signal?: AbortSignal): Promise<{ items: Import[] }> {
  return read<{ items: Import[] }>('/api/v1/imports', { kind, limit: '10' }, signal)
}
