import { useMutation } from '@tanstack/react-query'
import { checkProofFile, type Point, type Trusted } from '../../standards/proof-file/index.ts'
import { read } from '../shell/api.ts'

type Keys = Pick<Trusted, 'log' | 'logs' | 'revoked' | 'consortium'> & { witnesses: { verifierKey: string }[] }

/** Asks for the proof of one version and for the log's keys, and checks here, in the reader's own browser. */
async function check(path: string): Promise<{ ok: boolean; points: Point[] }> {
  const [file, keys] = await Promise.all([read<unknown>(path), read<Keys>('/ledger/keys')])
  const { witnesses, ...trusted } = keys
  return checkProofFile(JSON.stringify(file), {
    ...trusted,
    witnesses: witnesses.map(({ verifierKey }) => verifierKey),
  })
}

const signs = new Map([
  [true, '✓'],
  [false, '✗'],
  [null, '○'],
])

/** One tap: what the log proves of a version and what it does not, point by point. */
export function CheckVersion({ path }: { path: string }) {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: () => check(path) })
  return (
    <>
      <button type="button" className="link" onClick={() => mutate()} disabled={isPending}>
        {isPending ? '正在核对' : '核对'}
      </button>
      {error && <span className="wrong"> {error.message}</span>}
      {data && (
        <span className="checked" role="status">
          <b className={data.ok ? 'is-good' : 'wrong'}>{data.ok ? '核对通过' : '核对没有通过'}</b>
          {data.points.map(({ held, text }) => (
            <span key={text} className={held === false ? 'wrong' : undefined}>
              {signs.get(held)} {text}
            </span>
          ))}
        </span>
      )}
    </>
  )
}
