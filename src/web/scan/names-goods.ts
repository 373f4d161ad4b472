/** Whether a scanned text names a trade item, lot, pallet or place of GS1, which has a chain to be followed. */
export async function namesGoods(text: string): Promise<boolean> {
  // Reading element strings takes the tables of all application identifiers: loaded when something is scanned.
  const { readScan } = await import('./read.ts')
  const { gtin, sscc } = readScan(text)
  return gtin !== undefined || sscc !== undefined
}
