import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'

const isThere = () => spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).status === 0

/** Why streams cannot be made here, or false. On CI it is brought from Debian, and its absence is a failure. */
export const noFfmpeg: string | false = bring()

function bring(): string | false {
  if (isThere()) return false
  if (process.env.CI) {
    execFileSync('sh', ['-c', 'apt-get -qq update && apt-get -qq -y install --no-install-recommends ffmpeg'], {
      stdio: 'ignore',
    })
    return false
  }
  return '没有 ffmpeg（apt-get install ffmpeg）'
}

export type Filming = { child: ChildProcess; over: Promise<number>; stop(): Promise<number> }

/** Publishes a moving test picture with sound to an RTMP address, a key frame a second, in real time. */
export function film(url: string, { seconds = 600, codec = 'libx264' } = {}): Filming {
  const args = [
    '-hide_banner -loglevel error -re -f lavfi -i testsrc=size=320x180:rate=15 -f lavfi -i sine=frequency=440:sample_rate=44100',
    `-t ${seconds} -c:v ${codec} ${codec === 'libx264' ? '-preset ultrafast -tune zerolatency -pix_fmt yuv420p' : ''} -g 15`,
    '-c:a aac -b:a 32k -f flv',
  ].join(' ')
  const child = spawn('ffmpeg', [...args.split(/\s+/), url], { stdio: 'ignore' })
  const over = new Promise<number>((done) => child.once('exit', (code) => done(code ?? -1)))
  return {
    child,
    over,
    stop() {
      child.kill('SIGKILL')
      return over
    },
  }
}

/** What ffprobe sees in a file or stream: codecs, size, and how many pictures it decodes. */
export function probe(path: string): { streams: { codec_name: string; width?: number; nb_read_frames?: string }[] } {
  const args = '-v error -count_frames -show_entries stream=codec_name,width,nb_read_frames -of json'.split(' ')
  return JSON.parse(execFileSync('ffprobe', [...args, path], { encoding: 'utf8' }))
}
