import { BlockList, isIP } from 'node:net'
import { chinaClock } from '../../standards/china/index.ts'

/** An IPv4 address that came in through an IPv6 socket, in its plain form. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

const lists = new Map<string, BlockList>()

/** Addresses and networks of a text, one a line. */
export function parseNetworks(text: string | null): { list: BlockList; count: number; wrong: string[] } {
  const list = new BlockList()
  const wrong: string[] = []
  let count = 0
  for (const each of (text ?? '').split(/[\s,，]+/).filter(Boolean)) {
    const [address = '', bits, more] = each.split('/')
    const family = isIP(address)
    const length = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits)
    const fits = more === undefined && Number.isInteger(length) && length >= 0 && length <= (family === 6 ? 128 : 32)
    if (family === 0 || !fits || bits === '') wrong.push(each)
    else {
      list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4')
      count++
    }
  }
  return { list, count, wrong }
}

/** Whether an address lies in the networks of a text. Parsed once for each text. */
export function liesIn(address: string, networks: string): boolean {
  let list = lists.get(networks)
  if (!list) {
    if (lists.size > 50) lists.clear()
    list = parseNetworks(networks).list
    lists.set(networks, list)
  }
  const plain = plainAddress(address)
  const family = isIP(plain)
  return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

/** Whether a moment lies in a span of the day in Asia/Shanghai such as 22:00-06:00, which may go over midnight. */
export function liesInHours(now: Date, span: string): boolean {
  const [from = '', to = ''] = span.split('-')
  const here = chinaClock(now).slice(11, 16)
  return from <= to ? here >= from && here < to : here >= from || here < to
}
