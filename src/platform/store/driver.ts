import { registerHooks } from 'node:module'
import type Postgres from 'postgres'

type Mend = readonly [was: string, is: string]

/**
 * What postgres.js 3.4.9 does wrong where a connection is cut or a statement given up, and its mends (docs/decisions/0275):
 * the process ended by an exception that nobody can catch, the connection stood still ever after, a transaction that had
 * ended wrote within the next one, what was read in parts ended as if it were whole, and an answer had holes.
 */
const mends: Readonly<Record<string, readonly Mend[]>> = {
  'connection.js': [
    // What was about to be sent, and half an answer, belong to the connection that is gone: the next one begins with nothing.
    [
      `clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)`,
      `clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = errorResponse = results = null
    result = new Result()
    rows = 0
    socket.removeListener('data', data)`,
    ],
    // Also where an error was told before: what was asked between the two would wait for ever, and whoever comes next with it.
    [
      `!hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))`,
      `if (query || sent.length) error(Errors.connection('CONNECTION_CLOSED', options, socket))
    query = null`,
    ],
    // What the driver asks of a new connection by itself: who waits for it is told that it was cut, and nobody else is.
    [`return fetchArrayTypes()`, `return fetchArrayTypes().catch(() => socket && socket.destroy())`],
    [
      `if (initial)
      return reconnect()`,
      `if (initial)
      return (query = null, reconnect())`,
    ],
    // Rows of an answer that ended with an error are not counted to the next.
    [
      `query = results = errorResponse = null
    result = new Result()`,
      `query = results = errorResponse = null
    rows = 0
    result = new Result()`,
    ],
    // The connection of a transaction is its own however much was asked of it before.
    [`&& (!q.options.onexecute || q.options.onexecute(connection))`, `&& !q.options.onexecute`],
    [
      `      build(q)
      return write(toBuffer(q))`,
      `      build(q)
      q.options.onexecute && q.options.onexecute(connection)
      return write(toBuffer(q))`,
    ],
    // The next part of an answer is asked for where the last came from, or not at all.
    [
      `      const x = await Promise.resolve(query.cursorFn(result))
      rows = 0`,
      `      const asked = query
      const x = await Promise.resolve(asked.cursorFn(result))
      if (query !== asked) return
      rows = 0`,
    ],
  ],
  'index.js': [
    // What a transaction still asks for after its connection went is refused: it would be done within another's.
    [`let savepoints = 0`, `let gone = null, savepoints = 0`],
    [
      `new Promise((_, reject) => connection.onclose = reject)`,
      `new Promise((_, reject) => connection.onclose = e => {
          gone = e
          while (queries.length) queries.shift().reject(e)
          reject(e)
        })`,
    ],
    [
      `q.catch(e => uncaughtError || (uncaughtError = e))`,
      `q.catch(e => uncaughtError || (uncaughtError = e))
        if (gone) return q.reject(gone)`,
    ],
  ],
  'query.js': [
    // Who reads in parts learns that there will be no more of them, though the last came whole.
    [
      `if (this.executed && !this.active)
            return { done: true }`,
      `if (this.failed)
            return Promise.reject(this.failed)
          if (this.executed && !this.active)
            return { done: true }`,
    ],
    [
      `this.reject = x => (this.active = false, reject(x))
          })`,
      `this.reject = x => (this.active = false, this.failed = x, reject(x))
          })`,
    ],
  ],
}

/** Throws where the driver is not the one that these mends were made for. */
function mended(url: string, source: string): string {
  const file = url.split('/').at(-1)?.replace(mark, '') ?? ''
  let text = source
  for (const [was, is] of mends[file] ?? []) {
    if (text.split(was).length !== 2) throw new Error(`postgres.js 与 store/driver.ts 不符（${file}）：${was}`)
    text = text.replace(was, () => is)
  }
  return text
}

/** Told apart from the driver as it is, which tests and tools load too. */
const mark = '?mended'

const hooks = registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const isOurs =
      context.parentURL?.endsWith(mark) || (specifier === 'postgres' && context.parentURL === import.meta.url)
    return isOurs && found.url.startsWith('file:') ? { ...found, url: `${found.url}${mark}` } : found
  },
  load(url, context, next) {
    const loaded = next(url, context)
    return url.endsWith(mark) ? { ...loaded, source: mended(url, String(loaded.source)) } : loaded
  },
})

/** The driver, mended. Everything of the platform that opens connections or knows the database's refusals takes it from here. */
export const postgres: typeof Postgres = (await import('postgres')).default
hooks.deregister()
