import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { type DragEvent, useState } from 'react'
import { sheetBytesMax } from '../../platform/sheets/wire.ts'
import { tooLarge } from '../input/uploads.ts'
import { Refusal } from '../shell/api.ts'
import type { OwnKind } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { countOf, spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { type Column, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { commitImport, type Import, type ImportPage, latestImports, readImport, uploadFile } from './import-api.ts'
import { ImportRows } from './import-rows.tsx'
import './import.css'

const spoken: Record<Import['state'], string> = {
  reading: '正在核对',
  ready: '等待导入',
  committing: '正在导入',
  done: '已导入',
  failed: '没有读成',
}

function Choose({ kind }: { kind: OwnKind }) {
  const [share, setShare] = useState<number>()
  const [problem, setProblem] = useState<string>()
  const take = async (file: File | undefined) => {
    if (!file) return
    if (file.size > sheetBytesMax) return setProblem(tooLarge(file, sheetBytesMax, '请分成几个文件'))
    setProblem(undefined)
    setShare(0)
    try {
      const opened = await uploadFile(kind.name, file, setShare)
      navigate(path.import(kind.name, opened.id))
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '文件没有传成，请重试')
      setShare(undefined)
    }
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    take(event.dataTransfer.files[0])
  }
  return (
    <ol className="importsteps">
      <li className="card">
        <h2>1. 下载模板</h2>
        <p className="sub">表头、可选内容和填写提示都在里面；也可以用本列表导出的 Excel 改了再传。</p>
        <a className="button" href={`/api/v1/records/${kind.name}/template.xlsx`} download>
          下载{kind.title}模板
        </a>
      </li>
      <li className="card" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
        <h2>2. 上传填好的文件</h2>
        <p className="sub">Excel（.xlsx）或 CSV，可以拖到这里。先核对给您看，确认以后才会写入。</p>
        {share === undefined ? (
          <label className="button primary">
            <input
              className="unseen"
              type="file"
              accept=".xlsx,.csv"
              onChange={(event) => {
                take(event.target.files?.[0])
                event.target.value = ''
              }}
            />
            选择文件
          </label>
        ) : (
          <p role="status">
            <progress value={share} max={1} /> {share < 1 ? `已上传 ${Math.floor(share * 100)}%` : '已传完，正在收下'}
          </p>
        )}
        {problem && (
          <p className="wrong" role="alert">
            {problem}
          </p>
        )}
      </li>
    </ol>
  )
}

const tones = { reading: 'info', ready: 'warn', committing: 'info', done: 'good', failed: 'bad' } as const

const earlier = (kind: OwnKind): readonly Column<Import>[] => [
  {
    title: '文件',
    of: ({ id, name }) => (
      <Link to={path.import(kind.name, id)} tabIndex={-1}>
        {name}
      </Link>
    ),
    by: ({ name }) => name,
  },
  { title: '怎么样了', of: ({ state }) => <Tag tone={tones[state]}>{spoken[state]}</Tag>, by: ({ state }) => state },
  { title: '写入', of: ({ counts }) => countOf(counts.written), as: 'figure', by: ({ counts }) => counts.written },
  {
    title: '要改正',
    of: ({ counts }) => countOf(counts.bad + counts.refused),
    as: 'figure',
    by: ({ counts }) => counts.bad + counts.refused,
  },
  {
    title: '什么时候',
    of: ({ createdAt }) => spokenMinute(createdAt),
    as: 'short',
    by: ({ createdAt }) => createdAt,
  },
]

function Earlier({ kind }: { kind: OwnKind }) {
  const { data } = useQuery({
    queryKey: ['imports', kind.name],
    queryFn: ({ signal }) => latestImports(kind.name, signal),
  })
  if (!data || data.items.length === 0) return null
  return (
    <div style={{ marginTop: 18 }}>
      <Rows
        title="我最近导入的文件"
        items={data.items}
        keyOf={({ id }) => id}
        open={({ id }) => navigate(path.import(kind.name, id))}
        columns={earlier(kind)}
      />
    </div>
  )
}

/** The heading says what became of the file. */
function titleOf({ state, counts, failure }: Import): string {
  const wrong = counts.bad + counts.refused
  if (state === 'reading') return '正在核对文件'
  if (state === 'failed') return `文件没有读成：${failure ?? ''}`
  if (state === 'committing') return `正在写入，已写 ${countOf(counts.written)} 条`
  if (state === 'done')
    return wrong > 0
      ? `写入 ${countOf(counts.written)} 条，${countOf(wrong)} 条没有写入`
      : `${countOf(counts.written)} 条都已写入`
  if (wrong > 0) return `${countOf(counts.good)} 条可以导入，${countOf(wrong)} 条要改正`
  return counts.good > 0 ? `${countOf(counts.good)} 条都可以导入` : '没有要写入的内容'
}

function Progress({ of }: { of: Import }) {
  if (of.state !== 'reading' && of.state !== 'committing') return null
  const { good, written, refused } = of.counts
  const all = of.state === 'reading' ? of.rows : good + written + refused
  const done = of.state === 'reading' ? of.readRows : written + refused
  return (
    <p className="importprogress" role="status">
      <progress value={all ? done : undefined} max={all ?? 1} />
      {of.state === 'reading' ? `已核对 ${countOf(done)} 行` : `已写入 ${countOf(done)} 条`}
      {all ? `，共 ${countOf(all)}` : ''}。可以离开这一页，回来再看。
    </p>
  )
}

function Acts({ kind, of }: { kind: OwnKind; of: Import }) {
  const client = useQueryClient()
  const [problem, setProblem] = useState<string>()
  const { good, bad, refused } = of.counts
  const commit = async () => {
    try {
      await commitImport(of.id)
      await client.invalidateQueries({ queryKey: ['import', of.id] })
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '没有办成，请重试')
    }
  }
  return (
    <>
      {problem && <span className="wrong">{problem}</span>}
      {bad + refused > 0 && of.state !== 'reading' && (
        <a className="button" href={`/api/v1/imports/${of.id}/errors.xlsx`} download>
          下载待改正的 {countOf(bad + refused)} 条
        </a>
      )}
      {of.state === 'ready' && good > 0 && (
        <button type="button" className="button primary" onClick={commit}>
          导入 {countOf(good)} 条
        </button>
      )}
      {(of.state === 'done' || of.state === 'failed' || (of.state === 'ready' && good === 0)) && (
        <Link className="button" to={path.import(kind.name)}>
          再导入一个文件
        </Link>
      )}
      {of.state === 'done' && (
        <Link className="button primary" to={path.list(kind.name)}>
          看列表
        </Link>
      )}
    </>
  )
}

const isBusy = (page: ImportPage | undefined) => page?.state === 'reading' || page?.state === 'committing'

/** One file: what was found in it, cell by cell; then what was written. */
function OneImport({ kind, id }: { kind: OwnKind; id: string }) {
  const [shown, setShown] = useState('')
  const pages = useInfiniteQuery({
    queryKey: ['import', id, shown],
    queryFn: ({ pageParam, signal }) => readImport(id, shown, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: ({ state }) => (isBusy(state.data?.pages[0]) ? 700 : false),
  })
  const of = pages.data?.pages[0]
  if (pages.error) return <Trouble error={pages.error} retry={pages.refetch} />
  if (!of) return <Waiting />
  const { counts } = of
  const known = counts.known > 0 ? `${countOf(counts.known)} 条与已有的相同，不再写入` : undefined
  const rows = Object.values(counts).reduce((sum, n) => sum + n, 0)
  const tabs: [string, string, number][] = [
    ['', '全部', rows],
    ['bad,refused', '要改正', counts.bad + counts.refused],
    ['good', '可以导入', counts.good],
    ['written', '已写入', counts.written],
    ['known', '已有相同', counts.known],
  ]
  return (
    <>
      <Head
        title={titleOf(of)}
        sub={[of.name, known, ...of.notes].filter(Boolean).join(' · ')}
        crumb={{ title: `导入${kind.title}`, to: path.import(kind.name) }}
      >
        <Acts kind={kind} of={of} />
      </Head>
      <Progress of={of} />
      {of.state === 'failed' && rows === 0 ? (
        <Choose kind={kind} />
      ) : (
        <>
          <div className="tabs" role="tablist">
            {tabs
              .filter(([state, , count]) => state === '' || count > 0)
              .map(([state, title, count]) => (
                <button
                  key={state}
                  type="button"
                  role="tab"
                  aria-selected={shown === state}
                  onClick={() => setShown(state)}
                >
                  {title} {countOf(count)}
                </button>
              ))}
          </div>
          <div className="card scroll">
            <ImportRows kind={kind} heads={of.heads} items={(pages.data?.pages ?? []).flatMap((page) => page.items)} />
          </div>
        </>
      )}
      {pages.hasNextPage && (
        <div className="listfoot">
          <span />
          <button type="button" className="button" onClick={() => pages.fetchNextPage()}>
            {pages.isFetchingNextPage ? '正在读取…' : '加载更多'}
          </button>
        </div>
      )}
    </>
  )
}

/** Records from an Excel or CSV file: template, upload, preview with errors at cells, commit, error file. */
export default function ImportFile({ kind }: { kind: OwnKind }) {
  const { query } = useRoute()
  if (!kind.verbs.includes('create')) return <Empty title={`您没有登记${kind.title}的权限`} />
  if (query.id) return <OneImport key={query.id} kind={kind} id={query.id} />
  return (
    <>
      <Head
        title={`从 Excel 导入${kind.title}`}
        sub="同一份文件传两次不会写两遍。"
        crumb={{ title: kind.title, to: path.list(kind.name) }}
      />
      <Choose kind={kind} />
      <Earlier kind={kind} />
    </>
  )
}
