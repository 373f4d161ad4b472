import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchDevice, bareClient, publishPacket, topicOf } from './devices.ts'

const window = 400
export const properties = 4

export type Sender = { device: BenchDevice; sent: number; acked: number; stop: boolean }

export const first = Date.now()
/** Device time goes about as the wall's does: a reading of long ago would be a silence, and its alarm keeps every frame. */
export const stepMs = 2

/** Sends messages 0, 1, 2 … two milliseconds of device time apart; after a broken connection all that was not acknowledged again. */
export function run(port: number, sender: Sender): { over: Promise<void> } {
  const topic = topicOf(sender.device)
  const over = (async () => {
    while (!sender.stop) {
      await new Promise<void>((closed) => {
        let next = sender.acked
        const done = new Set<number>()
        const fill = () => {
          const parts: Buffer[] = []
          while (!sender.stop && next - sender.acked < window) {
            const n = next++
            const payload = `{"at":${first + n * stepMs},"values":{"temperature":${(n % 80) / 10},"humidity":${50 + (n % 40)},"door":${n % 50 === 0},"power":${n % 1000}}}`
            parts.push(publishPacket(topic, (n % 65_000) + 1, payload))
          }
          if (parts.length > 0) socket.write(Buffer.concat(parts))
          sender.sent = Math.max(sender.sent, next)
          if (sender.stop && sender.acked >= next) socket.end()
        }
        const socket = bareClient(port, sender.device, {
          connected: fill,
          acked(id) {
            done.add(id)
            while (done.delete((sender.acked % 65_000) + 1)) sender.acked++
            if (next - sender.acked < window * 0.75 || sender.stop) fill()
          },
          closed: () => closed(),
        })
      })
      await sleep(50)
    }
  })()
  return { over }
}

/** Keeps devices sending until it is stopped. */
export function flow(port: number, devices: readonly BenchDevice[]): { acked(): number; stop(): Promise<void> } {
  const senders: Sender[] = devices.map((device) => ({ device, sent: 0, acked: 0, stop: false }))
  const lanes = senders.map((sender) => run(port, sender))
  return {
    acked: () => senders.reduce((sum, sender) => sum + sender.acked, 0),
    async stop() {
      for (const sender of senders) sender.stop = true
      await Promise.race([Promise.all(lanes.map((lane) => lane.over)), sleep(10_000)])
    },
  }
}
