/** True for `+08:00`, `-06:00` … within ±14:00 (EPCIS 2.0, section 7.3.4: eventTimeZoneOffset). */
export function isZoneOffset(text: string): boolean {
  return /^[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)$/.test(text)
}
