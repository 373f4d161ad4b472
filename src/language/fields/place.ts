import { type Declared, type FieldBase, type FieldType, type Known, refuse } from '../field.ts'

export type PlaceField = FieldBase & { type: 'place' }
export type Place = { lng: number; lat: number }

/** A point in WGS 84 degrees, six decimals. */
export function place<const Required extends boolean = false>(
  field: Declared<PlaceField, Required>,
): Known<PlaceField, Required> {
  return { type: 'place', ...field }
}

const degree = (value: unknown, limit: number): number | undefined =>
  typeof value === 'number' && Math.abs(value) <= limit ? Math.round(value * 1e6) / 1e6 : undefined

export const placeType: FieldType<PlaceField, Place> = {
  columns: () => [
    { suffix: '_lng', type: 'numeric(9,6)' },
    { suffix: '_lat', type: 'numeric(8,6)' },
  ],
  constraints: (_, column) => [
    `${column}_lng between -180 and 180`,
    `${column}_lat between -90 and 90`,
    `(${column}_lng is null) = (${column}_lat is null)`,
  ],
  schema: () => ({
    type: 'object',
    required: ['lng', 'lat'],
    additionalProperties: false,
    properties: {
      lng: { type: 'number', minimum: -180, maximum: 180 },
      lat: { type: 'number', minimum: -90, maximum: 90 },
    },
  }),
  check(value, field, at) {
    const given = typeof value === 'object' && value !== null ? (value as { lng?: unknown; lat?: unknown }) : {}
    const lng = degree(given.lng, 180)
    const lat = degree(given.lat, 90)
    if (lng === undefined || lat === undefined)
      return refuse('wrong-type', `${field.title}应为经度（−180 到 180）和纬度（−90 到 90）`, at)
    return { value: { lng, lat } }
  },
  toColumns: (value) => ({ _lng: value.lng, _lat: value.lat }),
  image: (row, column) =>
    `case when ${row}.${column}_lng is null then null else jsonb_build_object('lng', trim_scale(${row}.${column}_lng), 'lat', trim_scale(${row}.${column}_lat)) end`,
  filter: 'none',
}
