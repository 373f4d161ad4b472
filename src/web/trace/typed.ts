const stem = 'https://id.gs1.org'

/**
 * What a person typed or scanned, as an id that can be followed: URN and Digital Link stay as they are; element strings
 * `(01)…(10)…`, `01…10…`, a GTIN with a lot behind a space, a bare GTIN and a bare SSCC become Digital Links.
 */
export function followable(typed: string): string {
  const text = typed.normalize('NFKC').trim()
  if (/^(urn:|https?:\/\/)/i.test(text)) return text
  if (/^[\w.-]+\.\w+(:\d+)?\/0[01]\//.test(text)) return `https://${text}`
  if (text.startsWith('/0')) return stem + text
  const path = text.startsWith('(') ? bracketed(text) : bare(text)
  return path ? stem + path : text
}

function bracketed(text: string): string {
  return [...text.matchAll(/\((\d{2,4})\)([^(]*)/g)]
    .map(
      ([, ai, value = '']) =>
        `/${ai}/${encodeURIComponent(ai === '01' ? value.trim().padStart(14, '0') : value.trim())}`,
    )
    .join('')
}

function bare(text: string): string | undefined {
  const [code = '', lot] = text.split(/\s+/)
  if (/^\d{18}$/.test(code)) return `/00/${code}`
  if (/^00\d{18}$/.test(code)) return `/00/${code.slice(2)}`
  const element = /^01(\d{14})(?:(10|21)(.+))?$/.exec(code)
  if (element) return `/01/${element[1]}${element[3] ? `/${element[2]}/${encodeURIComponent(element[3])}` : ''}`
  if (!/^\d{8}$|^\d{12,14}$/.test(code)) return undefined
  return `/01/${code.padStart(14, '0')}${lot ? `/10/${encodeURIComponent(lot)}` : ''}`
}
