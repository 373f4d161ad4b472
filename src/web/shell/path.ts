/** Query parameters of a page, as they stand in its address. */
export type Query = Record<string, string | undefined>

function withQuery(pathname: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1])
  return pairs.length > 0 ? `${pathname}?${new URLSearchParams(pairs)}` : pathname
}

const part = encodeURIComponent

/** Every address of the application is built here and read back by `routeOf`; nothing else knows one. */
export const path = {
  home: () => '/',
  notices: (query?: Query) => withQuery('/notices', query),
  tasks: (query?: Query) => withQuery('/tasks', query),
  messages: () => '/messages',
  list: (kind: string, query?: Query) => withQuery(`/records/${part(kind)}`, query),
  create: (kind: string, query?: Query) => withQuery(`/records/${part(kind)}/new`, query),
  record: (kind: string, id: string) => `/records/${part(kind)}/${part(id)}`,
  edit: (kind: string, id: string) => `/records/${part(kind)}/${part(id)}/edit`,
  /** Two versions of a record side by side. */
  versions: (kind: string, id: string, query?: Query) =>
    withQuery(`/records/${part(kind)}/${part(id)}/versions`, query),
  document: (kind: string, id: string) => `/records/${part(kind)}/${part(id)}/document`,
  merge: (kind: string, a: string, b: string) => withQuery(`/records/${part(kind)}/${part(a)}/merge`, { with: b }),
  import: (kind: string, id?: string) => withQuery(`/records/${part(kind)}/import`, { id }),
  printList: (kind: string, query?: Query) => withQuery(`/records/${part(kind)}/print`, query),
  operation: (name: string, query?: Query) => withQuery(`/operations/${part(name)}`, query),
  codes: (id?: string) => (id ? `/codes/${part(id)}` : '/codes'),
  /** Codes of other systems, and what shoppers look at. */
  codeRanges: () => '/code-ranges',
  looks: () => '/looks',
  /** The recall board, or one recall on it; `lot`: where a new one starts. */
  recall: (id?: string, query?: Query) => withQuery(id ? `/recall/${part(id)}` : '/recall', query),
  /** What was captured, and the page to capture more. */
  events: (query?: Query) => withQuery('/events', query),
  capture: () => '/events/capture',
  desk: (name: string, query?: Query) => withQuery(`/desk/${part(name)}`, query),
  trace: (id?: string, direction?: string, asOf?: string) => withQuery('/trace', { id, direction, asOf }),
  /** What is not sent yet, or one item of it. */
  outbox: (id?: string) => (id ? `/outbox/${part(id)}` : '/outbox'),
}

export type Route =
  | {
      page:
        | 'home'
        | 'notices'
        | 'tasks'
        | 'messages'
        | 'trace'
        | 'events'
        | 'capture'
        | 'looks'
        | 'code-ranges'
        | 'missing'
    }
  | { page: 'list' | 'create' | 'import' | 'print'; kind: string }
  | { page: 'record' | 'edit' | 'versions' | 'document' | 'merge'; kind: string; id: string }
  | { page: 'operation' | 'desk'; name: string }
  | { page: 'outbox' | 'codes' | 'recall'; id?: string }

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** What page an address means. */
export function routeOf(pathname: string): Route {
  const [first, second, third, fourth, ...rest] = pathname.split('/').filter(Boolean).map(decode)
  if (rest.length > 0) return { page: 'missing' }
  if (!first) return { page: 'home' }
  if (first === 'notices' && !second) return { page: 'notices' }
  if ((first === 'tasks' || first === 'messages') && !second) return { page: first }
  if ((first === 'codes' || first === 'recall') && !third) return { page: first, id: second }
  if ((first === 'looks' || first === 'code-ranges') && !second) return { page: first }
  if (first === 'events' && !second) return { page: 'events' }
  if (first === 'events' && second === 'capture' && !third) return { page: 'capture' }
  if (first === 'trace' && !second) return { page: 'trace' }
  if (first === 'outbox' && !third) return { page: 'outbox', id: second }
  if (first === 'desk' && second && !third) return { page: 'desk', name: second }
  // A shared phone's address: signed in, it is the home page.
  if (first === 'shared' && second && !third) return { page: 'home' }
  if (first === 'operations' && second && !third) return { page: 'operation', name: second }
  if (first !== 'records' || !second) return { page: 'missing' }
  if (!third) return { page: 'list', kind: second }
  if (third === 'new' && !fourth) return { page: 'create', kind: second }
  if ((third === 'import' || third === 'print') && !fourth) return { page: third, kind: second }
  if (!fourth) return { page: 'record', kind: second, id: third }
  const ofRecord = (['edit', 'versions', 'document', 'merge'] as const).find((each) => each === fourth)
  return ofRecord ? { page: ofRecord, kind: second, id: third } : { page: 'missing' }
}
