/** A morning check as a system would send it. */
export const morning = {
  day: '2026-11-02',
  person: '示例人',
  checkedAt: '2026-11-02T00:20:00.000Z',
  temperature: { value: '36.5', unit: 'CEL' },
  symptom: 'none',
  hands: 'clean',
  result: 'fit',
  checker: '示例检查员',
}
