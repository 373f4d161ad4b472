/** A unit of UN/ECE Recommendation 20 by what it measures; a value in the base unit is `value * factor + offset`. */
type Unit = { of: string; factor: number; offset?: number }

const measures: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  mass: { KGM: 1, GRM: 1e-3, MGM: 1e-6, MC: 1e-9, TNE: 1000, LBR: 0.45359237, ONZ: 0.028349523125 },
  length: {
    MTR: 1,
    DMT: 0.1,
    CMT: 0.01,
    MMT: 1e-3,
    '4H': 1e-6,
    KMT: 1000,
    INH: 0.0254,
    FOT: 0.3048,
    YRD: 0.9144,
    SMI: 1609.344,
  },
  area: { MTK: 1, CMK: 1e-4, MMK: 1e-6, HAR: 1e4, KMK: 1e6 },
  volume: { MTQ: 1, LTR: 1e-3, DMQ: 1e-3, MLT: 1e-6, CMQ: 1e-6, HLT: 0.1, GLL: 0.003785411784 },
  density: { KMQ: 1, GL: 1, A93: 1e-3, M1: 1e-3, GP: 1e-6, GQ: 1e-9 },
  pressure: { PAL: 1, A97: 100, KPA: 1000, MPA: 1e6, BAR: 1e5, MBR: 100, ATM: 101_325, PS: 6894.757293168 },
  speed: { MTS: 1, KMH: 1 / 3.6, HM: 0.44704, KNT: 1852 / 3600 },
  time: { SEC: 1, MIN: 60, HUR: 3600, DAY: 86_400, C26: 1e-3, B98: 1e-6 },
  acceleration: { MSK: 1, K40: 9.80665 },
  current: { AMP: 1, '4K': 1e-3, B84: 1e-6 },
  voltage: { VLT: 1, '2Z': 1e-3, KVT: 1000 },
  power: { WTT: 1, C31: 1e-3, KWT: 1000, MAW: 1e6 },
  energy: { JOU: 1, KJO: 1000, WHR: 3600, KWH: 3.6e6 },
  frequency: { HTZ: 1, KHZ: 1000, MHZ: 1e6, A86: 1e9 },
  angle: { C81: 1, DD: Math.PI / 180 },
  illuminance: { LUX: 1, KLX: 1000 },
  ratio: { P1: 0.01, NX: 1e-3, '59': 1e-6, '61': 1e-9 },
  dose: { D13: 1, C28: 1e-3 },
}

const units: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ['KEL', { of: 'temperature', factor: 1 }],
  ['CEL', { of: 'temperature', factor: 1, offset: 273.15 }],
  ['FAH', { of: 'temperature', factor: 5 / 9, offset: (459.67 * 5) / 9 }],
  ...Object.entries(measures).flatMap(([of, factors]) =>
    Object.entries(factors).map(([code, factor]) => [code, { of, factor }] as const),
  ),
])

/**
 * A value in another unit, both by their Recommendation 20 codes; undefined where the two do not measure the same.
 * Rounded to twelve digits, so that 86 °F is 30 °C and not a trifle more.
 */
export function convert(value: number, from: string, to: string): number | undefined {
  if (from === to) return value
  const [one, other] = [units.get(from), units.get(to)]
  if (one === undefined || one.of !== other?.of) return undefined
  const base = value * one.factor + (one.offset ?? 0)
  return Number(((base - (other.offset ?? 0)) / other.factor).toPrecision(12))
}
