const browsers: readonly [RegExp, string][] = [
  [/MicroMessenger\//, '微信'],
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: readonly [RegExp, string][] = [
  [/HarmonyOS|OpenHarmony/, '鸿蒙'],
  [/Android/, '安卓'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS/, 'macOS'],
  [/Linux/, 'Linux'],
]

const wordOf = (table: readonly [RegExp, string][], agent: string) =>
  table.find(([matches]) => matches.test(agent))?.[1]

/** A browser's own long description in two words, `Chrome · 安卓`; what is not known as it says itself. */
export function agentWord(agent: string): string {
  const said = [wordOf(browsers, agent), wordOf(systems, agent)].filter(Boolean).join(' · ')
  return said || agent.slice(0, 80) || '未知设备'
}
