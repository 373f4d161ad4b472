/** A reporter of node:test that prints nothing but the paths of the files in which something failed, a line each. */
export default async function* failedFiles(events) {
  for await (const { type, data } of events) if (type === 'test:fail') yield `${data.file ?? data.name}\n`
}
