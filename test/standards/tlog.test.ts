import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, randomInt, sign } from 'node:crypto'
import { test } from 'node:test'
import {
  checkSignature,
  checkTlogProof,
  continues,
  cosigned,
  formatCheckpoint,
  formatTlogProof,
  formatVerifierKey,
  hashLeaf,
  includes,
  keyId,
  type NoteKey,
  parseCheckpoint,
  parseNote,
  parseTilePath,
  parseTlogProof,
  parseVerifierKey,
  signatureLine,
  tilePath,
  tileWidth,
} from '../../src/standards/tlog/index.ts'
import { emptyRoot, leafHash, rootOf, tiledTree, tileHeads } from '../../src/standards/tlog/tree.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

// The leaves and roots that every implementation of RFC 6962 is tested with.
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

/** A tree whose tiles are cut from a plain list of leaf hashes, as a reader of the log would fetch them. */
function treeOver(hashes: readonly Uint8Array[], size = hashes.length) {
  return tiledTree(size, async (level, index, width) => {
    const span = 256 ** level
    const from = index * 256
    return Buffer.concat(
      Array.from({ length: width }, (_, at) => rootOf(hashes.slice((from + at) * span, (from + at + 1) * span))),
    )
  })
}

test('tree heads equal those of RFC 6962’s known leaves', async () => {
  assert.equal(hex(emptyRoot()), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  const hashes = leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))
  for (const [at, root] of roots.entries()) {
    assert.equal(hex(rootOf(hashes.slice(0, at + 1))), root)
    assert.equal(hex(await treeOver(hashes, at + 1).root()), root)
  }
  assert.deepEqual(Buffer.from(await hashLeaf(new Uint8Array([0x10]))), hashes[2])
})

test('every leaf of every small tree is proven, and no other leaf, place, path or size passes for it', async () => {
  const hashes = Array.from({ length: 40 }, (_, at) => leafHash(Buffer.from(`leaf ${at}`)))
  for (let size = 1; size <= hashes.length; size++) {
    const tree = treeOver(hashes, size)
    const root = await tree.root()
    for (let index = 0; index < size; index++) {
      const path = await tree.inclusion(index)
      const leaf = hashes[index] as Uint8Array
      assert.equal(await includes(leaf, index, path, size, root), true, `${index} of ${size}`)
      assert.equal(await includes(hashes[(index + 1) % 40] as Uint8Array, index, path, size, root), false)
      assert.equal(await includes(leaf, index, [...path, leaf], size, root), false)
      if (size > 1) assert.equal(await includes(leaf, (index + 1) % size, path, size, root), false)
      if (path.length > 0) assert.equal(await includes(leaf, index, path.slice(1), size, root), false)
    }
    assert.equal(await includes(hashes[0] as Uint8Array, size, [], size, root), false)
  }
})

test('a tree is shown to continue each earlier one, and a changed beginning is not', async () => {
  const hashes = Array.from({ length: 40 }, (_, at) => leafHash(Buffer.from(`leaf ${at}`)))
  const other = hashes.with(3, leafHash(Buffer.from('another')))
  for (let later = 0; later <= hashes.length; later += 3)
    for (let earlier = 0; earlier <= later; earlier++) {
      const tree = treeOver(hashes, later)
      const head = { size: later, root: await tree.root() }
      const path = await tree.consistency(earlier)
      const before = { size: earlier, root: rootOf(hashes.slice(0, earlier)) }
      assert.equal(await continues(before, head, path), true, `${earlier} to ${later}`)
      const forged = { size: earlier, root: rootOf(other.slice(0, earlier)) }
      if (earlier > 3) assert.equal(await continues(forged, head, path), false, `forged ${earlier} to ${later}`)
      if (earlier < later) assert.equal(await continues(head, before, path), false)
    }
})

test('proofs from tiles of several levels verify in a tree of 70,000 leaves', async () => {
  const hashes = Array.from({ length: 70_000 }, (_, at) => leafHash(Buffer.from(String(at))))
  const tree = treeOver(hashes)
  const root = await tree.root()
  assert.deepEqual(root, rootOf(hashes))
  const heads = tileHeads(Buffer.concat(hashes))
  assert.equal(heads.length, 273 * 32, 'of whole tiles only')
  for (const at of [0, 1, 272])
    assert.deepEqual(heads.subarray(at * 32, at * 32 + 32), rootOf(hashes.slice(at * 256, at * 256 + 256)))
  for (const index of [0, 255, 256, 65_535, 65_536, 69_999, randomInt(70_000)])
    assert.ok(await includes(hashes[index] as Uint8Array, index, await tree.inclusion(index), 70_000, root))
  for (const size of [1, 256, 65_536, 65_537, randomInt(1, 70_000)])
    assert.ok(
      await continues(
        { size, root: rootOf(hashes.slice(0, size)) },
        { size: 70_000, root },
        await tree.consistency(size),
      ),
    )
  assert.deepEqual([tileWidth(0, 273, 70_000), tileWidth(1, 1, 70_000), tileWidth(2, 0, 70_000)], [112, 17, 1])
})

test('a tile has one path, written as C2SP tlog-tiles says', () => {
  assert.equal(tilePath({ level: 0, index: 1234067, width: 256 }), '0/x001/x234/067')
  assert.equal(tilePath({ level: 'entries', index: 0, width: 17 }), 'entries/000.p/17')
  for (const index of [0, 999, 1000, 1234067])
    assert.deepEqual(parseTilePath(tilePath({ level: 1, index, width: 5 })), { level: 1, index, width: 5 })
  for (const wrong of [
    '0/1',
    '00/001',
    '64/001',
    '0/001.p/0',
    '0/001.p/256',
    '0/001.p/01',
    '0/x000/001',
    '0/x1/001',
    '',
  ])
    assert.equal(parseTilePath(wrong), null, wrong)
})

test('the note that Go’s own implementation documents is read and verified', async () => {
  const key = await parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
  assert.ok(key)
  const text =
    'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n'.replace(
      '’',
      "'",
    )
  const line =
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
  const note = parseNote(`${text}\n${line}`)
  assert.ok(note)
  assert.equal((await checkSignature(note, key))?.valid, true)
  const forged = parseNote(`${text.replace('answer', 'Answer')}\n${line}`)
  assert.equal(forged && (await checkSignature(forged, key))?.valid, false)
})

type Signer = NoteKey & { sign(message: Uint8Array): Uint8Array }

function newSigner(name: string, type: NoteKey['type']): Signer {
  const pair = generateKeyPairSync('ed25519')
  const publicKey = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
  return { name, type, publicKey, sign: (message) => sign(null, message, pair.privateKey) }
}

async function logSignature(signer: Signer, text: string): Promise<string> {
  return signatureLine(signer.name, await keyId(signer), signer.sign(Buffer.from(text)))
}

async function cosignature(signer: Signer, text: string, seconds: bigint): Promise<string> {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(seconds)
  return signatureLine(signer.name, await keyId(signer), Buffer.concat([time, signer.sign(cosigned(text, seconds))]))
}

test('a verifier’s key is read back, and one whose id is not its own is refused', async () => {
  const key = newSigner('witness.example/w1', 'cosignature')
  const text = await formatVerifierKey(key)
  assert.deepEqual((await parseVerifierKey(text))?.publicKey, key.publicKey)
  for (const wrong of [text.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), text.slice(0, -4), 'x', 'a b+00000000+AAAA', ''])
    assert.equal(await parseVerifierKey(wrong), null, wrong)
})

test('a note that breaks the format is not read', () => {
  const line = `— a ${Buffer.alloc(68).toString('base64')}\n`
  assert.ok(parseNote(`text\n\n${line}`))
  for (const wrong of [
    '',
    'text\n',
    'text\n\n',
    `text\n${line}`,
    `text\n\n${line.slice(0, -1)}`,
    `te\u0007xt\n\n${line}`,
    `text\n\n- a AAAAAAAA\n`,
    `text\n\n— a b AAAAAAAA\n`,
    `text\n\n— a+ ${line.slice(4)}`,
    `text\n\n— a AAAA\n`,
    `text\n\n${line.repeat(65)}`,
    `${'x'.repeat(70_000)}\n\n${line}`,
  ])
    assert.equal(parseNote(wrong), null, JSON.stringify(wrong.slice(0, 40)))
})

test('a checkpoint is three lines or more, and anything else is not one', () => {
  const root = new Uint8Array(randomBytes(32))
  const head = { origin: 'liuzhou.example/log', size: 20_852_163, root }
  assert.deepEqual(parseCheckpoint(formatCheckpoint(head)), head)
  assert.deepEqual(parseCheckpoint(`${formatCheckpoint(head)}extension\n`), head)
  const hash = Buffer.from(root).toString('base64')
  for (const wrong of [
    '',
    'a\n1\n',
    `a\n01\n${hash}\n`,
    `a\n-1\n${hash}\n`,
    `\n1\n${hash}\n`,
    `a\n1\n${hash}`,
    `a\n1\nAAAA\n`,
  ])
    assert.equal(parseCheckpoint(wrong), null, wrong)
})

test('a saved proof shows offline that the leaf is in the log, by whom it was signed and who witnessed it', async () => {
  const log = newSigner('liuzhou.example/log', 'ed25519')
  const witnesses = [1, 2, 3].map((n) => newSigner(`witness.example/w${n}`, 'cosignature'))
  const hashes = Array.from({ length: 1000 }, (_, at) => leafHash(Buffer.from(`record ${at}`)))
  const tree = treeOver(hashes)
  const text = formatCheckpoint({ origin: log.name, size: 1000, root: new Uint8Array(await tree.root()) })
  const lines = [await logSignature(log, text)]
  for (const witness of witnesses.slice(0, 2)) lines.push(await cosignature(witness, text, 1_763_000_000n))
  const path = (await tree.inclusion(700)).map((hash) => new Uint8Array(hash))
  const file = formatTlogProof({
    index: 700,
    path,
    checkpoint: `${text}\n${lines.join('')}`,
    extra: Buffer.from('salt'),
  })
  const proof = parseTlogProof(file)
  assert.ok(proof)
  assert.equal(Buffer.from(proof.extra ?? []).toString(), 'salt')
  const trust = { origin: log.name, log, witnesses, quorum: 2 }
  const leaf = hashes[700] as Uint8Array
  const verdict = await checkTlogProof(proof, leaf, trust)
  assert.deepEqual(
    { ...verdict, witnesses: verdict.witnesses.map(({ by, valid, at }) => [by.name, valid, at?.toISOString()]) },
    {
      ok: true,
      log: true,
      included: true,
      size: 1000,
      witnesses: [
        ['witness.example/w1', true, '2025-11-13T02:13:20.000Z'],
        ['witness.example/w2', true, '2025-11-13T02:13:20.000Z'],
      ],
    },
  )
  // Each thing that may be wrong is found, and found as itself.
  const stranger = newSigner(log.name, 'ed25519')
  const bad = async (change: Partial<typeof trust>, at = leaf) => checkTlogProof(proof, at, { ...trust, ...change })
  assert.deepEqual(await bad({ quorum: 3 }).then(({ ok, log }) => ({ ok, log })), { ok: false, log: true })
  assert.equal((await bad({ log: stranger })).log, false)
  assert.equal((await bad({ origin: 'elsewhere.example' })).log, false)
  assert.equal((await bad({}, hashes[701] as Uint8Array)).included, false)
  const forged = parseTlogProof(file.replace('\n1000\n', '\n1001\n'))
  assert.ok(forged)
  const seen = await checkTlogProof(forged, leaf, trust)
  assert.deepEqual([seen.ok, seen.log, seen.witnesses.map(({ valid }) => valid)], [false, false, [false, false]])
})

test('a proof file that breaks the format is not read', () => {
  const hash = Buffer.alloc(32).toString('base64')
  const good = `c2sp.org/tlog-proof@v1\nindex 0\n${hash}\n\nx`
  assert.ok(parseTlogProof(good))
  for (const wrong of [
    '',
    good.replace('v1', 'v2'),
    good.replace('index 0', 'index 00'),
    good.replace('index 0', 'index -1'),
    good.replace('index 0\n', ''),
    good.replace(hash, 'AAAA'),
    good.replace(hash, '!'),
    good.replace('index', 'extra *\nindex'),
    `c2sp.org/tlog-proof@v1\nindex 0\n${`${hash}\n`.repeat(64)}\nx`,
  ])
    assert.equal(parseTlogProof(wrong), null, wrong.slice(0, 60))
})
