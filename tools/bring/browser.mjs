import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { say } from '../progress.mjs'

const wanted = [
  { name: 'chromium', file: '/usr/bin/chromium' },
  { name: 'fonts-noto-cjk', file: '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc' },
]

/** Installs the browser and the Chinese fonts of the journeys from Debian where this user may; otherwise says so. */
export function bringBrowser() {
  const missing = wanted.filter(({ file }) => !existsSync(file)).map(({ name }) => name)
  if (missing.length === 0) return
  const sudo = process.getuid() === 0 ? [] : ['sudo', '-n']
  say(`安装测试所需的 ${missing.join('、')}`)
  const apt = (...args) => {
    const [program, ...rest] = [...sudo, 'apt-get', '-y', '-qq', ...args]
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    return spawnSync(program, rest, { env, stdio: 'ignore' }).status === 0
  }
  const done = apt('install', '--no-install-recommends', ...missing)
  if (done || (apt('update') && apt('install', '--no-install-recommends', ...missing))) return
  say(`无法安装 ${missing.join('、')}：浏览器测试将跳过。可请管理员运行 apt-get install ${missing.join(' ')}`)
}
