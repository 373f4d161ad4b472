import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Keyring, openKeyring } from '../src/platform/protect/keyring.ts'

/** Keys as an installation has them: those of a data folder, or new ones for a test without a server. */
export function testKeyring(dataDir = mkdtempSync(join(tmpdir(), 'shisu-keys-'))): Promise<Keyring> {
  return openKeyring(join(dataDir, 'keys/keys.json'), new Date())
}
