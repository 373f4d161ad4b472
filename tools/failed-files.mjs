/**
 * A reporter of node:test that prints nothing but the paths of the files in which something failed, a line each. A test tells
 * where its line stands, which may be a module that many files use; what was run is told by a file's summary, or, where the
 * file ended before it had one, by a failure that bears its name.
 */
export default async function* failedFiles(events) {
  for await (const { type, data } of events) {
    const isOver = type === 'test:summary' && !data.success && data.file
    const hasBroken = type === 'test:fail' && data.nesting === 0 && data.file?.endsWith(data.name)
    if (isOver || hasBroken) yield `${data.file}\n`
  }
}
