/**
 * One standard vocabulary of CBV 2.0: its words, and how each is written as URN and as Web URI. `open`: words unknown to
 * us are let through in the standard's namespace too, everywhere or in documents that came as XML.
 */
export type Vocabulary = {
  title: string
  words: ReadonlySet<string>
  urn?: string
  web: string
  open?: 'always' | 'xml'
}

const cbvWeb = 'https://ref.gs1.org/cbv/'
const gs1Web = 'https://gs1.org/voc/'

function cbv(title: string, urn: string | undefined, web: string, words: string): Vocabulary {
  return {
    title,
    words: new Set(words.trim().split(/\s+/)),
    web: `${cbvWeb}${web}-`,
    ...(urn && { urn: `urn:epcglobal:cbv:${urn}:` }),
  }
}

/** Business steps (CBV 2.0, section 7.1). */
export const bizSteps = cbv(
  'CBV 2.0 业务步骤词',
  'bizstep',
  'BizStep',
  `accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
  decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting installing
  killing loading other packing picking receiving removing repackaging repairing replacing reserving retail_selling
  sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
  void_shipping`,
)

/** Dispositions (CBV 2.0, section 7.2). */
export const dispositions = cbv(
  'CBV 2.0 处置状态词',
  'disp',
  'Disp',
  `active available completeness_inferred completeness_verified conformant container_closed container_open damaged
  destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
  mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled
  reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown`,
)

/** Business transaction types (CBV 2.0, section 7.3). */
export const transactionTypes = cbv(
  'CBV 2.0 业务单据类型',
  'btt',
  'BTT',
  'bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt',
)

/** Source and destination types (CBV 2.0, section 7.4). In use others are written in CBV's namespace: accepted. */
export const sourceDestinationTypes: Vocabulary = {
  ...cbv('CBV 2.0 来源去向类型', 'sdt', 'SDT', 'owning_party possessing_party location'),
  open: 'always',
}

/** Error reasons (CBV 2.0, section 7.5). */
export const errorReasons = cbv('CBV 2.0 错误原因', 'er', 'ER', 'did_not_occur incorrect_data')

/** Components of a measurement (CBV 2.0, section 7.6). */
export const components = cbv(
  'CBV 2.0 测量分量',
  undefined,
  'Comp',
  `x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude longitude
  altitude`,
)

/** Measurement types (GS1 Web Vocabulary: MeasurementType). Official XML examples use some that the list does not hold. */
export const measurementTypes: Vocabulary = {
  open: 'xml',
  title: 'GS1 测量类型',
  web: gs1Web,
  words: new Set(
    `AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Radioactivity Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance Conductance
    Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity ElectricCharge
    ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance
    Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux
    MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity
    MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity RelativeHumidity
    Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage
    Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber`.split(/\s+/),
  ),
}

/** Sensor alerts (GS1 Web Vocabulary: SensorAlertType). */
export const alertTypes: Vocabulary = {
  title: 'GS1 传感器报警类型',
  web: gs1Web,
  words: new Set(['ALARM_CONDITION', 'ERROR_CONDITION']),
}

const standardUri =
  /^(?:urn:epcglobal:cbv:|https?:\/\/(?:ref|ns)\.gs1\.org\/cbv\/|https?:\/\/(?:www\.|ref\.)?gs1\.org\/voc\/)/

/**
 * Normalises a term: the bare word where it is the vocabulary's (as bare word, CURIE, URN or Web URI), else the full URI
 * of one's own. Undefined where it is neither: an unknown bare word, or a standard URI with an unknown word.
 */
export function readTerm(
  vocabulary: Vocabulary,
  term: string,
  prefixes: ReadonlyMap<string, string>,
): string | undefined {
  if (vocabulary.words.has(term)) return term
  const uri = expandCurie(term, prefixes)
  if (!uri.includes(':')) return undefined
  if (!standardUri.test(uri)) return uri
  const word = wordOf(vocabulary, uri)
  if (word !== undefined && vocabulary.words.has(word)) return word
  return vocabulary.open === 'always' ? uri : undefined
}

function wordOf(vocabulary: Vocabulary, uri: string): string | undefined {
  if (vocabulary.urn && uri.startsWith(vocabulary.urn)) return uri.slice(vocabulary.urn.length)
  const modern = uri
    .replace(/^https?:\/\/(?:ref|ns)\.gs1\.org\/cbv\//, cbvWeb)
    .replace(/^https?:\/\/(?:www\.|ref\.)?gs1\.org\/voc\//, gs1Web)
  // An official example writes "Bizstep-".
  const isOurs = modern.slice(0, vocabulary.web.length).toLowerCase() === vocabulary.web.toLowerCase()
  return isOurs ? modern.slice(vocabulary.web.length) : undefined
}

/** A term as its full Web URI, for the event hash: `term` as `readTerm` returns it. */
export function webTerm(vocabulary: Vocabulary, term: string): string {
  return vocabulary.words.has(term) ? vocabulary.web + term : term
}

const cbvUrn = /urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):/g
const webNames: Readonly<Record<string, string>> = {
  bizstep: 'BizStep',
  disp: 'Disp',
  btt: 'BTT',
  sdt: 'SDT',
  er: 'ER',
}

/** Any standard vocabulary URN inside a free value, as Web URI. */
export function webValue(value: string): string {
  return value.replace(cbvUrn, (_, kind: string) => `${cbvWeb}${webNames[kind]}-`)
}

/** A compact URI (`cbv:BizStep-shipping`) in full where its prefix is declared; everything else stays as it is. */
export function expandCurie(term: string, prefixes: ReadonlyMap<string, string>): string {
  const colon = term.indexOf(':')
  if (colon < 1 || term.startsWith('//', colon + 1)) return term
  const namespace = prefixes.get(term.slice(0, colon))
  return namespace === undefined ? term : namespace + term.slice(colon + 1)
}
