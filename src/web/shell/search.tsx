import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import { namesGoods } from '../scan/names-goods.ts'
import { ScanButton } from '../scan/scan-button.tsx'
import { signal } from '../scan/signal.ts'
import { useScans } from '../scan/wedge.ts'
import { followable } from '../trace/typed.ts'
import { read } from './api.ts'
import { useKey } from './keys.ts'
import { path } from './path.ts'
import { navigate } from './router.tsx'

type Found = {
  items: { kind: string; kindTitle: string; id: string; title: string; detail?: string }[]
  trace: { id: string; title: string } | null
}
type Option = { key: string; group: string; title: string; detail?: string; to: string }

function optionsOf(found: Found | undefined, text: string): Option[] {
  if (!found) return []
  const link = followable(text)
  const chain = found.trace ?? (link === text.trim() ? null : { id: link, title: `追溯 ${text.trim()}` })
  const to = chain && path.trace(followable(chain.id))
  const trace = chain && to ? [{ key: 'trace', group: '追溯', title: chain.title, detail: '查看来源和去向', to }] : []
  const records = found.items.map((item) => ({
    key: item.id,
    group: item.kindTitle,
    title: item.title,
    detail: item.detail === item.title ? undefined : item.detail,
    to: path.record(item.kind, item.id),
  }))
  return [...trace, ...records]
}

/** Waits until typing rests, so that each stroke is not a request. */
function useRested(value: string, ms = 180): string {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return rested
}

/** The one search box: `/` focuses it, arrows choose, Enter opens, Esc leaves. */
export function Search({ autoFocus, onDone }: { autoFocus?: boolean; onDone?: () => void }) {
  const input = useRef<HTMLInputElement>(null)
  const listId = useId()
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const q = useRested(text.trim())
  const { data, isFetching, error } = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => read<Found>('/api/v1/search', { q }, signal),
    enabled: q.length > 0,
    placeholderData: keepPreviousData,
  })
  useKey('/', () => input.current?.focus())
  // A trade item or a lot opens its chain; any other text is looked up.
  const lookUp = async (scanned: string) => {
    const to = path.trace(followable(scanned))
    if (await namesGoods(scanned)) {
      navigate(to)
      return leave()
    }
    setText(scanned)
    setOpen(true)
    input.current?.focus()
  }
  useScans('page', (scanned, target) => {
    if (target instanceof HTMLInputElement && target !== input.current) return false
    signal(true)
    lookUp(scanned)
    return true
  })
  useEffect(() => {
    if (autoFocus) input.current?.focus()
  }, [autoFocus])

  const options = text.trim() ? optionsOf(data, text) : []
  const leave = () => {
    setOpen(false)
    setText('')
    input.current?.blur()
    onDone?.()
  }
  const pick = (option: Option | undefined) => {
    if (!option) return
    navigate(option.to)
    leave()
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setAt(Math.max(0, Math.min(options.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))))
    } else if (event.key === 'Enter') pick(options[at])
    else if (event.key === 'Escape') leave()
  }

  return (
    <search className="search" onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}>
      <input
        ref={input}
        role="combobox"
        aria-label="搜索"
        aria-expanded={open && text !== ''}
        aria-controls={listId}
        aria-activedescendant={options[at] ? `${listId}-${at}` : undefined}
        placeholder="搜企业、批号、追溯码、单号……"
        value={text}
        onFocus={() => setOpen(true)}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
          setOpen(true)
        }}
        onKeyDown={onKeyDown}
      />
      <kbd>/</kbd>
      <ScanButton
        title="扫码查找"
        onScan={(scanned) => {
          lookUp(scanned)
          return scanned
        }}
      />
      {open && text.trim() && (
        <div className="found" id={listId} role="listbox" aria-label="搜索结果">
          {options.map((option, index) => (
            <div key={option.key}>
              {option.group !== options[index - 1]?.group && <h6>{option.group}</h6>}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the focus and takes the keys */}
              <div
                role="option"
                id={`${listId}-${index}`}
                aria-selected={index === at}
                tabIndex={-1}
                onMouseMove={() => setAt(index)}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => pick(option)}
              >
                {option.title}
                {option.detail && <small>{option.detail}</small>}
              </div>
            </div>
          ))}
          {options.length === 0 && (
            <p>
              {error
                ? error.message
                : isFetching || q !== text.trim()
                  ? '正在查找…'
                  : `没有找到“${text.trim()}”。可以试企业名称、批号、单号或包装上的码。`}
            </p>
          )}
        </div>
      )}
    </search>
  )
}
