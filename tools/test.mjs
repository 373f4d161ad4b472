// `npm test [-- PATTERN … --node-flag …]`: everything the tests need, one database server for all of them, all files.
import { bringBrowser } from './bring/browser.mjs'
import { underNewNode } from './bring/node.mjs'
import { bringPackages } from './bring/packages.mjs'
import { bringPages } from './bring/pages.mjs'
import { giveUp, say } from './progress.mjs'
import { runTests, testFiles } from './run-tests.mjs'
import { throwawayPostgres } from './throwaway.mjs'

const given = process.argv.slice(2)

try {
  await underNewNode()
  await bringPackages()
  bringBrowser()
  bringPages()
  const files = testFiles(given.filter((word) => !word.startsWith('--')))
  if (files.length === 0) throw new Error(`没有符合 ${given.join(' ')} 的测试文件`)
  const flags = given.filter((word) => word.startsWith('--'))
  // The operator's (or CI's) own server may be given; otherwise one is kept for the length of this run.
  const external = process.env.SHISU_TEST_DATABASE_URL
  const server = external ? { url: external, stop: async () => {} } : await throwawayPostgres('test')
  const env = { SHISU_TEST_DATABASE_URL: server.url, ...(!external && { SHISU_TEST_DATABASES_STAY: '1' }) }
  say(`运行 ${files.length} 个测试文件`)
  const again = Number(process.env.SHISU_TEST_AGAIN ?? 0)
  const passed = await runTests(files, { flags, env, again })
  await server.stop()
  say(passed ? '测试全部通过' : '有测试未通过')
  process.exit(passed ? 0 : 1)
} catch (error) {
  giveUp(error)
}
