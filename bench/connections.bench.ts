import { setTimeout as sleep } from 'node:timers/promises'
import { bareClient, benchDevices, publishPacket, startIngestProcess, topicOf } from './devices.ts'
import { benchDatabase, figure, latencyFigures, machine } from './frame.ts'

/** Ten thousand devices hold a connection; then all are cut off and come back at once, and each is served: a reading stored. */
const count = Number(process.env.SHISU_BENCH_CONNECTIONS ?? 10_000)

const { url, sql, close } = await benchDatabase()
await machine(sql)
const devices = await benchDevices(sql, count)
const ingest = await startIngestProcess(url, 21_884)

/** Brings all in and has each store one reading; the seconds until the last, and how long each took. */
async function storm(): Promise<{ seconds: number; latenciesMs: number[]; sockets: (() => void)[] }> {
  const started = performance.now()
  const latenciesMs: number[] = []
  const sockets: (() => void)[] = []
  await Promise.all(
    devices.map(
      (device, n) =>
        new Promise<void>((served) => {
          const enter = () => {
            const socket = bareClient(ingest.port, device, {
              connected: () => socket.write(publishPacket(topicOf(device), 1, `{"temp":${n % 10}}`)),
              acked() {
                latenciesMs.push(performance.now() - started)
                served()
              },
              closed() {
                // Whoever was not let in tries again, as devices do.
                if (!acked()) setTimeout(enter, 500)
              },
            })
            let done = false
            const acked = () => done
            socket.on('data', (chunk: Buffer) => {
              if (chunk[0] === 0x40) done = true
            })
            sockets[n] = () => {
              done = true
              socket.destroy()
            }
          }
          enter()
        }),
    ),
  )
  return { seconds: (performance.now() - started) / 1000, latenciesMs, sockets }
}

const first = await storm()
figure('connections.firstS', first.seconds, 's')
figure('connections.held', first.sockets.length, 'connections')
for (const cut of first.sockets) cut()
await sleep(1000)
const second = await storm()
figure('connections.stormS', second.seconds, 's')
latencyFigures('connections.served', second.latenciesMs)
figure('connections.rssMb', ingest.rssMb(), 'MB')
for (const cut of second.sockets) cut()
await ingest.stop()
await close()
