import { createHash } from 'node:crypto'
import type { ISql } from 'postgres'
import type { Actor } from '../../../platform/access/actor.ts'
import { keepFile } from '../../../platform/files/files.ts'
import type { Timed } from '../../../platform/operation.ts'
import type { OpenDoor } from '../../../platform/store/store.ts'
import { complaint } from '../records/complaint.ts'

type Told = { text: string; phone: string; name?: string; food?: string; code?: string; gtin?: string }
type Waiting = { number: string; receivedAt: Date; told: Told; photos: Buffer[] | null; types: string[] | null }
type Authority = { id: string; title: string; region: string; role: 'city' | 'county' }

const together = 20

/** The authority over the maker of a product: of its county where one works here, else of the city. */
async function authorityOver(sql: ISql, region: string | undefined): Promise<Authority | undefined> {
  const [row] = await sql<Authority[]>`
    select o.id, o.title, o.region, a.role from account a join owner o on o.id = a.owner_id
    where a.role = 'city' or (a.role = 'county' and o.region = ${region ?? ''})
    order by a.role = 'county' desc, o.region, o.id limit 1`
  return row
}

async function makerOf(sql: ISql, gtin: string | undefined): Promise<{ id: string; region: string; filed: boolean }[]> {
  if (!gtin) return []
  return sql<{ id: string; region: string; filed: boolean }[]>`
    select o.id, o.region, exists (select from subject s where s.id = o.id) as filed
    from code_gtin g join owner o on o.id = g.owner_id where g.gtin = ${gtin}`
}

/**
 * Takes what shoppers told over the public entrance into the records of the authority that is to answer: with its pictures,
 * through the door like everything else. What was taken is no longer kept where it waited.
 */
export const takeComplaints = (open: OpenDoor, dataDir: string): Timed => ({
  name: 'shopper-complaints',
  title: '接收消费者扫码投诉',
  schedule: { everySeconds: 5 },
  async run(sql, now) {
    const waiting = await sql<Waiting[]>`
      select number, received_at as "receivedAt", told, photos, photo_types as types from shopper_complaint
      where complaint_id is null order by received_at limit ${together} for update skip locked`
    let taken = 0
    for (const each of waiting) {
      const [maker] = await makerOf(sql, each.told.gtin)
      const authority = await authorityOver(sql, maker?.region)
      if (!authority) return taken
      const actor: Actor = {
        userId: '',
        name: '扫码投诉',
        role: authority.role,
        ownerId: authority.id,
        ownerTitle: authority.title,
        region: authority.region,
        scopes: [],
      }
      const photos: string[] = []
      for (const [n, bytes] of (each.photos ?? []).entries()) {
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        await keepFile(sql, dataDir, actor, { sha256, mediaType: each.types?.[n] ?? '', bytes }, now)
        photos.push(sha256)
      }
      const { text, phone, name, food, code } = each.told
      const { row } = await open(sql, actor, now).create(complaint, {
        form: 'complaint',
        channel: 'scan',
        receivedAt: each.receivedAt.toISOString(),
        content: text,
        phone,
        ...(name && { complainant: name }),
        ...(food && { food }),
        ...(code && { code }),
        ...(maker?.filed && { subject: maker.id }),
        ...(photos.length > 0 && { photos }),
      })
      await sql`
        update shopper_complaint set told = null, photos = null, photo_types = null, owner_id = ${authority.id},
          complaint_id = ${row.id as string} where number = ${each.number}`
      taken++
    }
    return taken
  },
})
