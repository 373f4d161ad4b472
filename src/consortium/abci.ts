import { createServer, type Server, type Socket } from 'node:net'
import {
  ResponseApplySnapshotChunk_Result as Applied,
  ExecTxResult,
  ResponseOfferSnapshot_Result as Offered,
  ResponseProcessProposal_ProposalStatus as Proposal,
  Request,
  Response,
} from 'cosmjs-types/tendermint/abci/types'
import type { Application } from './application.ts'
import { type Code, codes } from './codes.ts'
import { frame, framer } from './frame.ts'
import type { Snapshots } from './snapshot.ts'
import { appHash } from './state.ts'

/** Genesis as the application reads it from `app_state`. */
export type Genesis = {
  members: { name: string; key: string; validator: string; power: number }[]
  signers: { name: string; key: string }[]
}

const base64 = (text: string) => Buffer.from(text, 'base64')
const words: Readonly<Record<number, string>> = {
  [codes.malformed]: 'malformed',
  [codes.stranger]: 'unknown signer',
  [codes.signature]: 'wrong signature',
  [codes.repeated]: 'already in the log',
  [codes.vote]: 'not a vote of a member',
  [codes.order]: 'comes too early',
  [codes.forked]: 'another content stands at this place',
}

type Answer = { [Name in keyof Response]?: Partial<NonNullable<Response[Name]>> }

/** Answers one ABCI 2.0 request. Order is the caller's: each connection is a queue. */
function answer(application: Application, snapshots: Snapshots, request: Request): Answer {
  const { state } = application
  if (request.echo) return { echo: { message: request.echo.message } }
  if (request.info) {
    const last = state.last()
    return {
      info: {
        data: 'shisu',
        version: '1',
        appVersion: 1n,
        lastBlockHeight: BigInt(last.height),
        lastBlockAppHash: last.height === 0 ? new Uint8Array() : appHash(last),
      },
    }
  }
  if (request.initChain) {
    const genesis = JSON.parse(Buffer.from(request.initChain.appStateBytes).toString('utf8')) as Genesis
    const members = genesis.members.map((each) => ({
      ...each,
      key: base64(each.key),
      validator: base64(each.validator),
    }))
    state.begin(
      members,
      genesis.signers.map(({ name, key }) => ({ name, key: base64(key) })),
    )
    return { initChain: { validators: [], appHash: appHash(state.last()) } }
  }
  if (request.prepareProposal) {
    const { txs, maxTxBytes } = request.prepareProposal
    const chosen: Uint8Array[] = []
    let bytes = 0
    for (const tx of txs) {
      bytes += tx.length + 8
      if (bytes > Number(maxTxBytes)) break
      if (application.check(tx) === codes.ok) chosen.push(tx)
    }
    return { prepareProposal: { txs: chosen } }
  }
  if (request.processProposal) {
    // A repeated transaction costs nothing but its place; anything else in a block is its proposer's fault.
    const isRight = request.processProposal.txs.every((tx) => {
      const code = application.check(tx)
      return code === codes.ok || code === codes.repeated
    })
    return { processProposal: { status: isRight ? Proposal.ACCEPT : Proposal.REJECT } }
  }
  if (request.finalizeBlock) {
    const { height, time, txs } = request.finalizeBlock
    const done = application.finalize(Number(height), Number(time.seconds), txs)
    return {
      finalizeBlock: {
        txResults: done.codes.map((code) => ExecTxResult.fromPartial({ code })),
        appHash: done.appHash,
        validatorUpdates: done.changed.map(({ validator, power }) => ({
          pubKey: { ed25519: validator },
          power: BigInt(power),
        })),
      },
    }
  }
  if (request.commit) {
    application.commit()
    // A snapshot that fails is none: the node itself goes on.
    snapshots.due((error) => console.error(error))
    return { commit: { retainHeight: 0n } }
  }
  if (request.query) return { query: { code: codes.malformed, log: 'ask the node’s query service' } }
  return answerSnapshots(snapshots, request)
}

/** State sync: what a node that joins begins from. */
function answerSnapshots(snapshots: Snapshots, request: Request): Answer {
  if (request.listSnapshots)
    return {
      listSnapshots: {
        snapshots: snapshots
          .list()
          .map(({ height, ...rest }) => ({ ...rest, height: BigInt(height), metadata: new Uint8Array() })),
      },
    }
  if (request.loadSnapshotChunk) {
    const { height, chunk } = request.loadSnapshotChunk
    return { loadSnapshotChunk: { chunk: snapshots.chunk(Number(height), chunk) } }
  }
  if (request.offerSnapshot) {
    const { snapshot, appHash } = request.offerSnapshot
    const isTaken =
      snapshot !== undefined &&
      snapshots.offer(
        { ...snapshot, height: Number(snapshot.height), hash: Buffer.from(snapshot.hash) },
        Buffer.from(appHash),
      )
    return { offerSnapshot: { result: isTaken ? Offered.ACCEPT : Offered.REJECT } }
  }
  if (request.applySnapshotChunk) {
    const { index, chunk } = request.applySnapshotChunk
    return {
      applySnapshotChunk: {
        result: snapshots.apply(index, chunk) ? Applied.ACCEPT : Applied.REJECT_SNAPSHOT,
        refetchChunks: [],
        rejectSenders: [],
      },
    }
  }
  return { exception: { error: 'unknown request' } }
}

const framed = (answer: Answer): Buffer => frame(Response.encode(Response.fromPartial(answer as Response)).finish())

/** Answers of which there are few, asked for once a transaction: made once. */
const flushed = framed({ flush: {} })
const judged = new Map(
  Object.values(codes).map((code) => [code, framed({ checkTx: { code, log: words[code] ?? '' } })]),
)

/** One framed answer to one ABCI message. */
export function respond(
  application: Application,
  snapshots: Snapshots,
  message: Buffer,
  refused: (code: Code, bytes: Uint8Array) => void = () => {},
): Buffer {
  if (isFlush(message)) return flushed
  const request = Request.decode(message)
  if (!request.checkTx) return framed(answer(application, snapshots, request))
  const code = application.check(request.checkTx.tx)
  if (code !== codes.ok) refused(code, request.checkTx.tx)
  return judged.get(code) ?? framed({ checkTx: { code } })
}

/** Flush is the field 2 of a request, and empty. */
const isFlush = (message: Buffer) => message.length === 2 && message[0] === 0x12 && message[1] === 0

/** Serves CometBFT's four connections on a socket; each is answered strictly in order. */
export function serveAbci(
  application: Application,
  snapshots: Snapshots,
  onFatal: (error: unknown) => void,
  refused: (code: Code, bytes: Uint8Array) => void = () => {},
): Server {
  return createServer((socket: Socket) => {
    const cut = framer()
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      try {
        const answers = cut(chunk).map((message) => respond(application, snapshots, message, refused))
        if (answers.length > 0) socket.write(Buffer.concat(answers))
      } catch (error) {
        // A node that cannot apply a block must stop, not go on with another state.
        onFatal(error)
      }
    })
  })
}
