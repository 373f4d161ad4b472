import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'

export type Letter = { from: string; to: string; text: string }

/** A small mail server over real sockets: it takes letters, or answers each recipient with `refusal`. */
export async function openMailServer(): Promise<{
  port: number
  letters: Letter[]
  users: string[]
  refusal: { text?: string }
  close(): Promise<void>
}> {
  const letters: Letter[] = []
  const users: string[] = []
  const refusal: { text?: string } = {}
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const say = (line: string) => socket.write(`${line}\r\n`)
    let pending = ''
    let letter: Letter | undefined
    let inData = false
    const take = (line: string) => {
      if (inData) {
        if (line !== '.') {
          if (letter) letter.text += `${line.replace(/^\.\./, '.')}\n`
          return
        }
        inData = false
        if (letter) letters.push(letter)
        return say('250 taken')
      }
      const [verb = ''] = line.toUpperCase().split(/[ :]/)
      if (verb === 'EHLO') return socket.write('250-test\r\n250 AUTH PLAIN\r\n')
      if (verb === 'AUTH') {
        users.push(Buffer.from(line.split(' ')[2] ?? '', 'base64').toString('utf8'))
        return say('235 welcome')
      }
      if (verb === 'MAIL') letter = { from: /<(.*?)>/.exec(line)?.[1] ?? '', to: '', text: '' }
      if (verb === 'RCPT') {
        if (refusal.text) return say(refusal.text)
        if (letter) letter.to = /<(.*?)>/.exec(line)?.[1] ?? ''
      }
      if (verb === 'DATA') {
        inData = true
        return say('354 go on')
      }
      say(verb === 'QUIT' ? '221 bye' : '250 ok')
    }
    say('220 test')
    socket.on('data', (chunk) => {
      const lines = (pending + chunk.toString('utf8')).split('\r\n')
      pending = lines.pop() ?? ''
      for (const line of lines) take(line)
    })
    socket.on('error', () => {})
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    letters,
    users,
    refusal,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
