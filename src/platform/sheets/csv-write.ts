/**
 * One cell of CSV. Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP CSV injection);
 * plain numbers stay numbers. Text that begins with an apostrophe gets one more, so that reading takes off the right one.
 */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r']/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const plainLine = (row: readonly string[]): string => `${row.map(csvCell).join(',')}\r\n`

/** A CSV document that Excel opens as UTF-8, piece by piece; `line` may write its rows in another form that reads alike. */
export async function* csv(
  heads: readonly string[],
  batches: AsyncIterable<string[][]>,
  line = plainLine,
): AsyncGenerator<string> {
  yield `\ufeff${plainLine(heads)}`
  for await (const rows of batches) yield rows.map(line).join('')
}
