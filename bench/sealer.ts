// The ledger's follower as the platform runs it: in a process of its own, at its pace, every two seconds. Its parent turns it
// on and off and is told how many leaves it made.
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { yieldToDesks } from '../src/background.ts'
import { seal } from '../src/ledger/index.ts'
import { ledgerSources } from '../src/ledger-sources.ts'
import { openPace } from '../src/platform/feed/pace.ts'

const everyMs = 2000

yieldToDesks()
const sql = postgres(process.argv[2] ?? '', {
  max: 2,
  onnotice: () => {},
  connection: { role: 'shisu_web', TimeZone: 'UTC' },
})
const pace = openPace(sql, [], new AbortController().signal)
let going = false
let ended: Promise<unknown> = Promise.resolve()
let sealed = 0

async function run(): Promise<void> {
  while (going) {
    await seal(sql, ledgerSources(), (batch) => pace(batch).then(count))
    if (going) await sleep(everyMs)
  }
}

function count(leaves: number): number {
  sealed += leaves
  return leaves
}

process.on('message', async (turn) => {
  going = turn === 'on'
  if (going) {
    sealed = 0
    ended = run()
  }
  const made = sealed
  // What is left over is sealed before the next turn, and is none of this one's.
  if (!going) await ended
  process.send?.(made)
})
process.once('disconnect', async () => {
  going = false
  await ended
  await sql.end()
  process.exit()
})
