import { createHash } from 'node:crypto'
import type { ISql, Sql } from 'postgres'
import { Failure } from '../../../failure.ts'
import type { Kind } from '../../../language/index.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { keptBy } from '../../../platform/files/files.ts'
import { uuidv7 } from '../../../platform/id.ts'
import type { OpenDoor } from '../../../platform/store/store.ts'
import { legalDay, shanghaiMs } from '../../../standards/china/index.ts'
import type { Reading } from '../../../telemetry/index.ts'
import { coreTemperature } from '../records/core-temperature.ts'
import { gasCheck } from '../records/gas-check.ts'
import { morningCheck } from '../records/morning-check.ts'
import { oilCheck } from '../records/oil-check.ts'
import { ratBoardCheck } from '../records/rat-board-check.ts'
import { retainedSample } from '../records/retained-sample.ts'
import { scaleReceipt } from '../records/scale-receipt.ts'
import { uvDisinfection } from '../records/uv-disinfection.ts'

const kinds: ReadonlyMap<string, Kind> = new Map(
  [morningCheck, coreTemperature, retainedSample, oilCheck, uvDisinfection, gasCheck, ratBoardCheck, scaleReceipt].map(
    (each) => [each.name, each as unknown as Kind],
  ),
)
type Filing = { id: string; ownerId: string; region: string; name: string; model: string; room: string | null }
type Filled = { kind: string; input: Record<string, unknown> }
type Fill = (reading: Reading, device: Filing, sql: ISql) => Filled | undefined | Promise<Filled | undefined>

const text = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value !== '' ? value.slice(0, 40) : fallback
const amount = (value: unknown, unit: string) => ({ value: String(Math.round(Number(value) * 1e6) / 1e6), unit })
const given = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const optional = (name: string, value: unknown) =>
  typeof value === 'string' && value !== '' ? { [name]: value.slice(0, 40) } : {}
// A picture that never arrived does not keep the record from being made.
const pictures = async (sql: ISql, ownerId: string, value: unknown) =>
  typeof value === 'string' && (await keptBy(sql, ownerId, [value])).has(value) ? { photo: [value] } : {}

/** A check that is made at the end of the day: the first report after this hour in Asia/Shanghai is it. */
const closingHour = 19
const afterClosing = (at: Date): boolean => new Date(at.getTime() + shanghaiMs).getUTCHours() >= closingHour

const symptoms: ReadonlySet<string> = new Set(Object.keys(morningCheck.fields.symptom.options))

/** Fever in the words of the record; the figure is the rules table's. */
async function feverFrom(sql: ISql, day: string): Promise<number> {
  const [row] = await sql<
    { value: string }[]
  >`select rule_value('morning-check.temperature-below', ${day}::date) as value`
  return Number(row?.value)
}

const checkedMorning: Fill = async ({ at, values }, device, sql) => {
  if (!given(values.temperature) || typeof values.person !== 'string') return undefined
  const day = legalDay(at)
  const fever = values.temperature >= (await feverFrom(sql, day))
  const said = typeof values.symptom === 'string' && symptoms.has(values.symptom) ? values.symptom : 'none'
  const symptom = fever && said === 'none' ? 'fever' : said
  const unfit = symptom !== 'none' || values.hands === false
  return {
    kind: morningCheck.name,
    input: {
      day,
      person: text(values.person, '未识别'),
      checkedAt: at.toISOString(),
      temperature: amount(values.temperature, 'CEL'),
      symptom,
      hands: values.hands === false ? 'not-clean' : 'clean',
      result: unfit ? 'unfit' : 'fit',
      ...(unfit ? { measure: '晨检仪判为不宜上岗，等待食品安全员处理' } : {}),
      checker: text(device.name, '晨检仪'),
      ...(await pictures(sql, device.ownerId, values.picture)),
    },
  }
}

const coreMeasured: Fill = ({ at, values }, device) =>
  given(values.temperature)
    ? {
        kind: coreTemperature.name,
        input: {
          dish: text(values.dish, `${device.room ?? '烹饪间'}出锅`),
          temperature: amount(values.temperature, 'CEL'),
          measuredAt: at.toISOString(),
          ...optional('batch', values.batch),
          ...optional('person', values.person),
        },
      }
    : undefined

const meals = ['breakfast', 'lunch', 'dinner', 'snack']

const sampleStored: Fill = ({ at, values }, device) =>
  given(values.mass) && typeof values.dish === 'string'
    ? {
        kind: retainedSample.name,
        input: {
          dish: text(values.dish, '未命名'),
          meal: meals.find((meal) => meal === values.meal) ?? 'lunch',
          takenAt: at.toISOString(),
          amount: amount(values.mass, 'GRM'),
          ...optional('box', values.box),
          cabinet: text(device.name, '留样柜'),
          ...(given(values.temperature) ? { temperature: amount(values.temperature, 'CEL') } : {}),
          taker: text(values.person, '留样柜'),
        },
      }
    : undefined

const oilMeasured: Fill = ({ at, values }, device) =>
  given(values.polar)
    ? {
        kind: oilCheck.name,
        input: {
          pan: text(values.pan, device.room ?? device.name),
          polar: amount(values.polar, 'P1'),
          measuredAt: at.toISOString(),
          ...(given(values.temperature) ? { temperature: amount(values.temperature, 'CEL') } : {}),
          ...optional('person', values.person),
        },
      }
    : undefined

// The lamp reports its minutes when it goes out.
const lampOut: Fill = ({ at, values }, device) =>
  given(values.minutes) && values.lamp === false
    ? {
        kind: uvDisinfection.name,
        input: {
          room: text(device.room, device.name),
          minutes: Math.round(values.minutes),
          endedAt: at.toISOString(),
          occupied: values.occupied === true ? 'yes' : 'no',
        },
      }
    : undefined

const gasAtClosing: Fill = ({ at, values }, device) =>
  typeof values.valve === 'boolean' && afterClosing(at)
    ? {
        kind: gasCheck.name,
        input: {
          place: text(device.room, device.name),
          valve: values.valve ? 'open' : 'closed',
          checkedAt: at.toISOString(),
          ...(given(values.concentration) ? { concentration: amount(values.concentration, 'P1') } : {}),
        },
      }
    : undefined

const boardAtClosing: Fill = ({ at, values }, device) =>
  typeof values.inPlace === 'boolean' && afterClosing(at)
    ? {
        kind: ratBoardCheck.name,
        input: {
          place: text(device.room, device.name),
          inPlace: values.inPlace ? 'yes' : 'no',
          checkedAt: at.toISOString(),
        },
      }
    : undefined

type Order = { id: string; supplier: string; goods: { article: string; quantity: { value: string; unit: string } }[] }

const weighed: Fill = async ({ at, values, ownerId }, _device, sql) => {
  if (!given(values.mass) || typeof values.article !== 'string' || values.stable === false) return undefined
  const [order] = await sql<Order[]>`
    select id, supplier, goods from purchase_order where owner_id = ${ownerId} and state <> 'void'
      and number = ${String(values.order ?? '')} limit 1`
  const line = order?.goods.find((each) => each.article === values.article)
  return {
    kind: scaleReceipt.name,
    input: {
      article: text(values.article, '未命名'),
      weight: amount(values.mass, 'KGM'),
      weighedAt: at.toISOString(),
      ...(order ? { purchase: order.id, supplier: order.supplier } : optional('supplier', values.supplier)),
      ...(line ? { ordered: line.quantity } : {}),
      ...optional('lot', values.lot),
      ...(await pictures(sql, ownerId, values.picture)),
    },
  }
}

/** Which device fills which record: one line for each of the pattern. */
const fills: Readonly<Record<string, { fill: Fill; onceADay?: true }>> = {
  MORNINGCHECK: { fill: checkedMorning },
  CORETEMP: { fill: coreMeasured },
  SAMPLECABINET: { fill: sampleStored },
  OILQUALITY: { fill: oilMeasured },
  UVLAMP: { fill: lampOut },
  GAS: { fill: gasAtClosing, onceADay: true },
  RATBOARD: { fill: boardAtClosing, onceADay: true },
  CLOUDSCALE: { fill: weighed },
}

/** The same reading, sent twice or replayed, is the same record; a check once a day is that day's. */
function idOf(kind: string, device: string, at: Date, onceADay?: boolean): string {
  const moment = onceADay ? legalDay(at) : at.toISOString()
  const digest = createHash('sha256').update(`${kind} ${device} ${moment}`).digest('hex')
  const start = onceADay ? Date.parse(`${moment}T00:00:00Z`) : at.getTime()
  return `${uuidv7(start).slice(0, 15)}${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`
}

/** A device writes in its owner's book, under its own name. */
const actorOf = (device: Filing): Actor => ({
  userId: '',
  name: `设备 ${device.name}`,
  role: 'enterprise',
  ownerId: device.ownerId,
  ownerTitle: '',
  region: device.region,
  scopes: [],
})

async function enter(
  sql: Sql,
  open: OpenDoor,
  reading: Reading,
  device: Filing,
  now: Date,
): Promise<'filled' | 'refused' | 'nothing'> {
  const rule = fills[device.model]
  const filled = await rule?.fill(reading, device, sql)
  const kind = filled && kinds.get(filled.kind)
  if (!rule || !filled || !kind) return 'nothing'
  const id = idOf(kind.name, device.id, reading.at, rule.onceADay)
  const input = { ...filled.input, id, source: 'device', device: device.id }
  try {
    await open(sql, actorOf(device), now).create(kind, input)
    return 'filled'
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // A later report of the day, or another word from the same moment: the first stands.
    if (error.code === 'id-taken') return 'nothing'
    const reason = error.problems?.map((each) => each.text).join('；') || error.text
    await tellRefused(sql, device, kind, id, reason, now)
    return 'refused'
  }
}

/** What a device said and the law refuses (a sample of 110 g) is put before its owner: a person must see to it. */
async function tellRefused(
  sql: ISql,
  device: Filing,
  kind: Kind,
  id: string,
  reason: string,
  now: Date,
): Promise<void> {
  await sql`insert into notice (owner_id, id, level, title, detail, kind, record_id, region, at)
    values (${device.ownerId}, ${id}, 'warn', ${`${device.name}的${kind.title}没有记上，请人工登记`}, ${reason.slice(0, 500)},
      ${kind.name}, ${device.ownerId}, ${device.region}, ${now}) on conflict do nothing`
}

/**
 * 设备代填: records that devices fill, device first. What cannot be entered is told, and the form of the kind stands ready
 * for a person; what is not there by its hour is told as missed, whoever should have filled it.
 */
export async function fillFromDevices(
  sql: Sql,
  open: OpenDoor,
  readings: readonly Reading[],
  now: Date,
): Promise<{ filled: number; refused: number }> {
  const ids = [...new Set(readings.map(({ deviceId }) => deviceId))]
  const models = Object.keys(fills)
  const devices = await sql<Filing[]>`
    select id, owner_id as "ownerId", region, name, model, room from field_device
    where id = any(${ids}::uuid[]) and model = any(${models}) and state = 'running'`
  const byId = new Map(devices.map((device) => [device.id, device]))
  const done = { filled: 0, refused: 0 }
  for (const reading of readings) {
    const device = byId.get(reading.deviceId)
    if (!device) continue
    const outcome = await enter(sql, open, reading, device, now)
    if (outcome !== 'nothing') done[outcome]++
  }
  return done
}
