/** The RTMP protocol of node-media-server, which ships no types. Its own servers are not used: they keep one global state. */
declare module 'node-media-server/src/protocol/rtmp.js' {
  type Packet = { codec_type: number; dts: number; size: number; data: Buffer }
  type Wish = { app?: string; name?: string; query?: Record<string, string | string[] | undefined> }
  export default class Rtmp {
    inPackets: ReadonlyMap<number, { capacity: number }>
    onConnectCallback: (wish: Wish) => void
    onPushCallback: () => void
    onPlayCallback: () => void
    onOutputCallback: (bytes: Buffer) => void
    onPacketCallback: (packet: Packet) => void
    /** What is wrong with the bytes, or null; throws for some. */
    parserData(bytes: Buffer): string | null
    sendStatusMessage(streamId: number, level: string, code: string, description: string): void
  }
}

declare module 'node-media-server/src/core/logger.js' {
  const logger: { level: string }
  export default logger
}
