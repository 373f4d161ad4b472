import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Role } from '../../language/kind.ts'
import { recallParts } from '../recall/answer.ts'
import { read } from './api.ts'
import { type Catalogue, useCatalogue } from './catalogue.ts'
import { keep, recall } from './keep.ts'
import { path } from './path.ts'
import { Link, useRoute } from './router.tsx'
import { isAdministrator, useSession } from './session.tsx'

export type Home = {
  asOf: string
  open: { bad: number; warn: number; info: number }
  /** 待办 of the user, and messages not read. */
  work: { open: number; overdue: number; unread: number }
  byRegion: { region: string; title: string; count: number }[]
  kinds: { name: string; title: string; today: number; total: number }[]
}

/** The figures of the home page; the menu shows the count of open things from the same answer. */
export function useHome() {
  const { actor } = useSession()
  const enabled = !isAdministrator(actor.role)
  return useQuery({ queryKey: ['home'], queryFn: () => read<Home>('/api/v1/home'), refetchInterval: 60_000, enabled })
}

type Entry = { title: string; to: string }

/** What the user may open, grouped by area in the catalogue's order. */
export function menuOf(catalogue: Catalogue, role: Role): { title: string; entries: Entry[] }[] {
  const { areas, kinds } = catalogue
  const operations = catalogue.operations.filter((operation) => !operation.ofPage)
  const groups = areas.map((area) => ({
    title: area.title,
    entries: [
      ...kinds
        .filter((kind) => kind.area === area.name && kind.verbs.includes('read'))
        .map((kind) => ({ title: kind.title, to: path.list(kind.name) })),
      ...operations
        .filter((operation) => operation.area === area.name)
        .map((operation) => ({ title: operation.title, to: path.operation(operation.name) })),
    ],
  }))
  const known = new Set(areas.map((area) => area.name))
  const others = operations
    .filter((operation) => !known.has(operation.area))
    .map((operation) => ({ title: operation.title, to: path.operation(operation.name) }))
  // Codes are their owner's alone: whoever holds them can print genuine-looking labels.
  const orders = role === 'enterprise' ? [{ title: '追溯码', to: path.codes() }] : []
  const codes = [...orders, { title: '扫码与防伪', to: path.looks() }]
  const trail = [
    { title: '追溯链条', to: path.trace() },
    { title: '追溯事件', to: path.events() },
    ...(recallParts(catalogue).preview ? [{ title: '召回指挥', to: path.recall() }] : []),
  ]
  const trace = { title: '追溯', entries: [...trail, ...codes, ...others] }
  const own = {
    title: '管理',
    entries: catalogue.desks.map((desk) => ({ title: desk.title, to: path.desk(desk.name) })),
  }
  if (isAdministrator(role)) return [...groups, own].filter((group) => group.entries.length > 0)
  return [...groups, trace, own].filter((group) => group.entries.length > 0)
}

function isOn(to: string, pathname: string): boolean {
  return to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`)
}

/** A group of entries under its title, folded or not as this browser remembers; where the user stands stays in sight. */
function Group(props: { title: string; holdsCurrent: boolean; children: ReactNode }) {
  const name = `menu:${props.title}`
  const [open, setOpen] = useState(() => recall<boolean>(name) ?? true)
  const shown = open || props.holdsCurrent
  const toggled = (now: boolean) => {
    if (now === shown) return
    keep(name, now)
    setOpen(now)
  }
  return (
    <details open={shown} onToggle={(event) => toggled(event.currentTarget.open)}>
      <summary>{props.title}</summary>
      {props.children}
    </details>
  )
}

/** The menu in two levels, of what this user may do and nothing else. */
export function Menu({ onPick }: { onPick?: () => void }) {
  const catalogue = useCatalogue()
  const { actor } = useSession()
  const { address } = useRoute()
  const { data: home } = useHome()
  const pathname = address.split('?')[0] as string
  const open = home ? home.open.bad + home.open.warn : 0
  const nav = useRef<HTMLElement>(null)
  // Where the user stands is in sight, however far down it is.
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked for again wherever the address leads elsewhere
  useEffect(() => {
    nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: 'nearest' })
  }, [pathname])
  const item = ({ title, to }: Entry, count = 0) => (
    <Link key={to} to={to} onClick={onPick} aria-current={isOn(to, pathname) ? 'page' : undefined}>
      {title}
      {count > 0 && <small>{count}</small>}
    </Link>
  )
  return (
    <nav className="menu" aria-label="主菜单" ref={nav}>
      {!isAdministrator(actor.role) && item({ title: '工作台', to: path.home() })}
      {!isAdministrator(actor.role) && item({ title: '待办', to: path.tasks() }, home?.work.open)}
      {!isAdministrator(actor.role) && item({ title: '待处置', to: path.notices() }, open)}
      {!isAdministrator(actor.role) && item({ title: '消息', to: path.messages() }, home?.work.unread)}
      {menuOf(catalogue, actor.role).map((group) => (
        <Group
          key={group.title}
          title={group.title}
          holdsCurrent={group.entries.some((entry) => isOn(entry.to, pathname))}
        >
          {group.entries.map((entry) => item(entry))}
        </Group>
      ))}
    </nav>
  )
}
