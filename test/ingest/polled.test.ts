import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { after, before, test } from 'node:test'
import { DataType, Variant } from 'node-opcua-client'
import { OPCUAServer } from 'node-opcua-server'
import { createAuthority } from '../../src/platform/access/accounts.ts'
import { issueCredential, type Protocol } from '../../src/platform/ingest/credentials.ts'
import { withCrc } from '../../src/standards/modbus/index.ts'
import { latest } from '../../src/telemetry/index.ts'
import { eventually } from '../eventually.ts'
import { startServer, type TestServer } from '../server.ts'
import { anyPorts, refusal } from './line.ts'

let server: TestServer
let ownerId: string
const slaves: Server[] = []
const identities: { deviceId: string; name: string }[] = []
let plant: OPCUAServer

const given = async (protocol: Protocol, identity: string, variant: object, name: string) => {
  const deviceId = randomUUID()
  identities.push({ deviceId, name })
  await issueCredential(server.sql, { deviceId, ownerId, protocol, identity, variant: { ...variant }, now: new Date() })
}
const last = (name: string) =>
  eventually(async () => {
    const deviceId = identities.find((each) => each.name === name)?.deviceId ?? ''
    return (await latest(server.sql, [deviceId])).get(deviceId)
  })

/** A thermometer with 65.8 %RH and -10.1 °C in two registers. */
function slave(rtu: boolean): Promise<number> {
  const registers = Buffer.from('0292ff9b', 'hex')
  const one = createServer((socket) =>
    socket.on('data', (ask) => {
      const [unit, code] = rtu ? [ask[0], ask[1]] : [ask[6], ask[7]]
      const pdu =
        code === 3
          ? Buffer.concat([Buffer.of(unit ?? 0, 3, 4), registers])
          : Buffer.of(unit ?? 0, (code ?? 0) | 0x80, 1)
      const head = Buffer.concat([ask.subarray(0, 4), Buffer.of(0, pdu.length)])
      const bytes = rtu ? withCrc(pdu) : Buffer.concat([head, pdu])
      // In two pieces, as serial servers send.
      socket.write(bytes.subarray(0, 4))
      setTimeout(() => socket.write(bytes.subarray(4)), 20)
    }),
  )
  slaves.push(one)
  return new Promise((done) =>
    one.listen(0, '127.0.0.1', () => {
      const address = one.address()
      done(typeof address === 'object' && address ? address.port : 0)
    }),
  )
}

const values = [
  { property: 'humidity', offset: 0, type: 'i16', scale: 0.1 },
  { property: 'temp', offset: 1, type: 'i16', scale: 0.1 },
]
before(async () => {
  // The poller looks for its devices when it starts: they are there before.
  const [tcp, rtu] = [await slave(false), await slave(true)]
  plant = new OPCUAServer({ port: 0, hostname: '127.0.0.1', resourcePath: '/plant' })
  await plant.initialize()
  const space = plant.engine.addressSpace
  const own = space?.getOwnNamespace()
  const line = own?.addObject({ organizedBy: space?.rootFolder.objects, browseName: 'Line1' })
  const value = (dataType: DataType, value: unknown) => ({ get: () => new Variant({ dataType, value }) })
  own?.addVariable({
    componentOf: line,
    browseName: 'SterilizerTemp',
    nodeId: 's=SterilizerTemp',
    dataType: 'Double',
    value: value(DataType.Double, 121.3),
  })
  own?.addVariable({
    componentOf: line,
    browseName: 'Running',
    nodeId: 's=Running',
    dataType: 'Boolean',
    value: value(DataType.Boolean, true),
  })
  await plant.start()
  server = await startServer({ ingest: { ports: anyPorts } })
  ownerId = await createAuthority(server.sql, '示例工厂', '450203')
  const reads = [{ function: 3, address: 0, count: 2, values }]
  await given('modbus', `127.0.0.1:${tcp}/1`, { reads, everySeconds: 1 }, 'tcp')
  await given('modbus', `127.0.0.1:${rtu}/2`, { reads, everySeconds: 1, rtu: true }, 'rtu')
  await given('modbus', `127.0.0.1:${tcp}/9`, { reads: [{ ...reads[0], function: 4 }], everySeconds: 1 }, 'refusing')
  const nodes = { sterilizerTemp: `ns=1;s=SterilizerTemp`, running: 'ns=1;s=Running' }
  await given('opcua', plant.getEndpointUrl(), { nodes, everySeconds: 1 }, 'plant')
})
after(async () => {
  await server.close()
  for (const one of slaves) one.close()
  await plant.shutdown(0)
})

test('[E5.3.8] a thermometer is asked over MODBUS TCP and over RTU through a serial server, and its registers read as declared', async () => {
  for (const name of ['tcp', 'rtu']) {
    const { humidity, temp } = await last(name)
    assert.deepEqual([humidity?.value, temp?.value], [65.8, -10.1], name)
  }
  assert.match((await refusal(server.sql, 'modbus', 'no-answer')).reason, /设备拒绝：不支持的功能码/)
})

test('[E5.3.8] plant equipment is read over OPC UA', async () => {
  const { sterilizerTemp, running } = await last('plant')
  assert.deepEqual([sterilizerTemp?.value, running?.value], [121.3, true])
})
