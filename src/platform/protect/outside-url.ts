import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { Failure } from '../../failure.ts'
import { liesIn } from '../policy/network.ts'

/** Addresses that a URL from outside must never make us call: this machine, private nets, link-local, metadata. */
const inside = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  inside.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 128],
  ['::1', 128],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  inside.addSubnet(net, bits, 'ipv6')

/** An IPv4 address in one of its IPv6 forms as what it is. */
export function plainForm(address: string): string {
  const [, mapped] = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  const [, high, low] = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? []
  if (mapped || !high || !low) return mapped ?? address
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}

/** Whether an address lies inside: nothing that a stranger's URL should reach. */
export function isInside(address: string): boolean {
  const plain = plainForm(address)
  const family = isIP(plain)
  return family === 0 || inside.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

const refused = (text: string) =>
  new Failure(422, 'forbidden-url', text, { problems: [{ code: 'forbidden-url', text, at: '/url' }] })

/**
 * Checks a URL that somebody typed before the server calls it (webhooks, cameras, log-out notices): http or https, no
 * credentials, a usual port, and every address of its name outside. Returns the addresses, to which the caller must
 * connect: asking the name again could give another answer. Hosts that the operator names in `allowed`, and addresses in
 * the `networks` that he names, may lie inside.
 */
export async function checkOutsideUrl(
  text: string,
  allowed: ReadonlySet<string> = new Set(),
  networks = '',
): Promise<string[]> {
  if (!URL.canParse(text)) throw refused('网址不正确')
  const url = new URL(text)
  if (!['http:', 'https:'].includes(url.protocol)) throw refused('网址应以 https 开头')
  if (url.username || url.password) throw refused('网址里不能带用户名和密码')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (allowed.has(url.host) || allowed.has(host)) return [host]
  const addresses = isIP(host)
    ? [host]
    : await lookup(host, { all: true }).then(
        (found) => found.map(({ address }) => address),
        () => [],
      )
  if (addresses.length === 0) throw refused('网址的主机名无法解析')
  if (networks !== '' && addresses.every((address) => liesIn(plainForm(address), networks))) return addresses
  if (url.port && !['80', '443', '8080', '8443'].includes(url.port)) throw refused('网址的端口不在允许之列')
  if (addresses.some(isInside)) throw refused('网址指向内部网络，已拒绝')
  return addresses
}
