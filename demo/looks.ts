import type { Sql } from 'postgres'

type Looked = { gtin: string; lot: string; ownerId: string; serials: readonly string[]; today: number }

const day = 86_400_000
const channels = [
  ['wechat', 9],
  ['alipay', 3],
  ['browser', 2],
] as const
const places = [
  [109.41, 24.32, 9],
  [109.43, 24.35, 4],
  [108.32, 22.82, 3],
  [110.29, 25.27, 2],
] as const

/** Two weeks of shoppers' looks at one lot, and one code that was seen in four towns: counted, not asked for page by page. */
export async function looks(sql: Sql, { gtin, lot, ownerId, serials, today }: Looked): Promise<void> {
  for (let back = 13; back >= 0; back--) {
    const at = new Date(today + 8 * 3_600_000 - back * day).toISOString().slice(0, 10)
    for (const [channel, usual] of channels) {
      const count = usual + ((back * 5 + usual) % 4) + (back < 5 ? 5 - back : 0)
      await sql`insert into code_look_day (gtin, day, lot, channel, looks, firsts)
        values (${gtin}, ${at}, ${lot}, ${channel}, ${count}, ${Math.min(count, 1)}) on conflict do nothing`
    }
  }
  const id = (place: number) => `https://id.gs1.org/01/${gtin}/21/${serials[place]}`
  for (const [place, [lng, lat, count]] of places.entries())
    for (let one = 0; one < count; one++) {
      const at = new Date(today - (place + one) * day)
      await sql`insert into code_look (id, at, by, lng, lat) values (${id(10 + place)}, ${at}, 'shopper', ${lng}, ${lat})`
    }
  const found = places.map(([lng, lat], back) => ({ lng, lat, at: new Date(today - back * day).toISOString() }))
  // Its owner was told of it long ago: the home pages tell what is new.
  await sql`insert into code_signal (id, reason, gtin, lot, owner_id, at, detail, told_at)
    values (${id(9)}, 'places', ${gtin}, ${lot}, ${ownerId}, ${new Date(today - day)}, ${JSON.stringify({ places: found })}::text::jsonb, now())`
}
