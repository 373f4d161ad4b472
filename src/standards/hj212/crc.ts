/** How a device works out its check: as HJ 212-2017 Annex A says, or as some makers do instead. */
export const crcVariants = ['standard', 'modbus', 'modbus-swapped'] as const
export type CrcVariant = (typeof crcVariants)[number]

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  return crc
})

/** Annex A: the register's HIGH byte meets the data byte, which makes it another sum than MODBUS's. */
function annexA(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc = (crc >> 8) ^ byte
    crc = (crc >> 8) ^ (table[crc & 0xff] as number)
  }
  return crc
}

function modbus(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) crc = (crc >> 8) ^ (table[(crc ^ byte) & 0xff] as number)
  return crc
}

/** The check of a data segment as the four characters that follow it, upper case. */
export function checkOf(segment: Uint8Array, variant: CrcVariant = 'standard'): string {
  const crc = variant === 'standard' ? annexA(segment) : modbus(segment)
  const sent = variant === 'modbus-swapped' ? ((crc & 0xff) << 8) | (crc >> 8) : crc
  return sent.toString(16).toUpperCase().padStart(4, '0')
}
