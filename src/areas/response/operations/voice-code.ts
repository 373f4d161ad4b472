/**
 * The VoiceCode of a case (Produce Traceability Initiative): CRC-16 (polynomial 0x8005 reflected, from 0) of GTIN, batch
 * and date code (YYMMDD, or nothing), the last four decimal digits of it.
 */
export function voiceCode(gtin: string, lot: string, date: string): string {
  let crc = 0
  for (const byte of Buffer.from(gtin + lot + date, 'utf8')) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return String(crc % 10_000).padStart(4, '0')
}
