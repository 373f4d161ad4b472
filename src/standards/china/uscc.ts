import { type Problem, refuse } from '../problem.ts'

/**
 * A number that was read: in its normal form, with warnings that a person may override with a reason, or refused.
 * Warnings are for numbers that break a check although such numbers are in lawful use.
 */
export type Checked<T> = { ok: true; value: T; warnings: Problem[] } | { ok: false; problems: Problem[] }

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const form = /^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$/
const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
const organisationWeights = [3, 7, 9, 10, 5, 8, 4, 2]

/**
 * A 统一社会信用代码 (GB 32100-2015): 18 characters without I, O, S, V, Z. A wrong form is refused; a wrong check
 * character only warns, because such codes were issued.
 */
export function checkUscc(text: string, at = ''): Checked<string> {
  const value = text.trim().toUpperCase()
  if (!form.test(value)) {
    const rule = '应为 18 位数字或大写字母（不含 I、O、S、V、Z），第 3 至 8 位为数字'
    return refuse('uscc-format', `统一社会信用代码${rule}，收到“${value.slice(0, 40)}”`, at)
  }
  const warnings: Problem[] = []
  const right = usccCheck(value)
  if (right !== value[17]) {
    const text = `统一社会信用代码“${value}”的校验码不对，按国家标准应为 ${right}；请与证照核对`
    warnings.push({ code: 'uscc-check', text, at })
  }
  const organisation = organisationCheck(value.slice(8, 16))
  if (organisation !== value[16]) {
    const text = `统一社会信用代码“${value}”第 17 位（主体标识校验码）不对，应为 ${organisation}；请与证照核对`
    warnings.push({ code: 'uscc-organisation-check', text, at })
  }
  return { ok: true, value, warnings }
}

/** GB 32100-2015, section 4.6: check character = 31 - (weighted sum mod 31). */
function usccCheck(code: string): string {
  const sum = weights.reduce((total, weight, i) => total + weight * alphabet.indexOf(code.charAt(i)), 0)
  return alphabet.charAt((31 - (sum % 31)) % 31)
}

/** GB 11714-1997: 11 - (weighted sum mod 11); 10 is written X, 11 is 0. Letters count from A = 10. */
function organisationCheck(body: string): string {
  const sum = organisationWeights.reduce((total, weight, i) => total + weight * Number.parseInt(body.charAt(i), 36), 0)
  const check = 11 - (sum % 11)
  return check === 10 ? 'X' : check === 11 ? '0' : String(check)
}
