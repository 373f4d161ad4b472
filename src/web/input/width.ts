/** Width of a text in em: a Chinese character is one, anything else little more than half. */
function widthOf(text: string): number {
  return [...text].reduce((sum, each) => sum + (/[\u2e80-\uffef]/.test(each) ? 1 : 0.6), 0)
}

/**
 * How a text stands in a cell: names and numbers on one line whatever else the table holds, longer text on two lines at most
 * (`clamp`, whose cell has a least width).
 */
export function cellFlow(text: string): 'nowrap' | 'clamp' {
  return widthOf(text) <= (/\s|[\u2e80-\uffef]/.test(text) ? 9 : 14) ? 'nowrap' : 'clamp'
}
