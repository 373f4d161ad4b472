const gas = 8.314_462_618
const kelvin = 273.15

/**
 * Mean kinetic temperature in ℃ (Haynes; USP 1079): the one temperature that would have worn the goods as all of these
 * did. `energy` is the activation energy in kJ/mol. Readings of equal weight; undefined without any.
 */
export function meanKineticTemperature(celsius: readonly number[], energy: number): number | undefined {
  if (celsius.length === 0) return undefined
  const ratio = (energy * 1000) / gas
  const mean = celsius.reduce((sum, each) => sum + Math.exp(-ratio / (each + kelvin)), 0) / celsius.length
  return ratio / -Math.log(mean) - kelvin
}
