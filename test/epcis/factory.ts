import { type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { insertOwners, owners } from '../trace/chain.ts'

type Opened = { server: TestServer; factory: Person }

/** A server with the owners of the chain, and a program of the factory that captures and asks. */
export async function openFactory(options: Parameters<typeof startServer>[0] = {}): Promise<Opened> {
  const server = await startServer(options)
  await insertOwners(server.sql)
  return { server, factory: await personOf(server, owners.factory.id, 'enterprise', ['epcis']) }
}
