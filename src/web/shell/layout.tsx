import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { OutboxBadge } from '../outbox/badge.tsx'
import { SignOut } from '../outbox/sign-out.tsx'
import { useWedge } from '../scan/wedge.ts'
import { Drawer } from '../ui/dialog.tsx'
import { Unbroken } from '../ui/unbroken.tsx'
import { useCatalogue } from './catalogue.ts'
import { Icon } from './icons.tsx'
import { Menu, useHome } from './menu.tsx'
import { path } from './path.ts'
import { Link, useRoute } from './router.tsx'
import { Search } from './search.tsx'
import { isAdministrator, useSession } from './session.tsx'
import './layout.css'

function useOnline(): boolean {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener('online', changed)
      window.addEventListener('offline', changed)
      return () => {
        window.removeEventListener('online', changed)
        window.removeEventListener('offline', changed)
      }
    },
    () => navigator.onLine,
  )
}

function Mark() {
  const { actor } = useSession()
  return (
    <Link className="mark" to={path.home()}>
      <img src="/icon.svg" alt="" />
      {actor.regionTitle ? `食溯 · ${actor.regionTitle}` : '食溯'}
    </Link>
  )
}

function Me() {
  const { actor } = useSession()
  return (
    <div className="me">
      <span>
        {actor.ownerTitle} · {actor.name}
      </span>
      <SignOut />
    </div>
  )
}

function PhoneTop() {
  const [searching, setSearching] = useState(false)
  if (searching)
    return (
      <>
        <Search autoFocus onDone={() => setSearching(false)} />
        <button type="button" className="icon" aria-label="关闭搜索" onClick={() => setSearching(false)}>
          <Icon of="close" />
        </button>
      </>
    )
  return (
    <>
      <Mark />
      <OutboxBadge />
      <button type="button" className="icon" aria-label="搜索" onClick={() => setSearching(true)}>
        <Icon of="search" />
      </button>
    </>
  )
}

function CreateSheet({ onClose }: { onClose(): void }) {
  const kinds = useCatalogue().kinds.filter((kind) => kind.verbs.includes('create'))
  return (
    <Drawer title="登记什么" onClose={onClose} side="left">
      <nav className="menu">
        {kinds.map((kind) => (
          <Link key={kind.name} to={path.create(kind.name)} onClick={onClose}>
            <span>
              {kind.title}
              <span className="muted" style={{ display: 'block', fontSize: 13 }}>
                {kind.help}
              </span>
            </span>
          </Link>
        ))}
      </nav>
    </Drawer>
  )
}

function PhoneBar() {
  const { actor } = useSession()
  const { route } = useRoute()
  const { data: home } = useHome()
  const canCreate = useCatalogue().kinds.some((kind) => kind.verbs.includes('create'))
  const [sheet, setSheet] = useState<'menu' | 'create'>()
  const open = home ? home.open.bad + home.open.warn : 0
  const close = () => setSheet(undefined)
  return (
    <>
      <nav className="bar noprint" aria-label="底部菜单">
        <Link to={path.home()} aria-current={route.page === 'home' ? 'page' : undefined}>
          <Icon of="home" />
          工作台
          {open > 0 && <small>{open}</small>}
        </Link>
        {canCreate && (
          <button type="button" onClick={() => setSheet('create')}>
            <Icon of="add" />
            登记
          </button>
        )}
        {!isAdministrator(actor.role) && (
          <Link to={path.trace()} aria-current={route.page === 'trace' ? 'page' : undefined}>
            <Icon of="trace" />
            追溯
          </Link>
        )}
        <button type="button" onClick={() => setSheet('menu')}>
          <Icon of="menu" />
          全部
        </button>
      </nav>
      {sheet === 'create' && <CreateSheet onClose={close} />}
      {sheet === 'menu' && (
        <Drawer title="全部" onClose={close} side="left">
          <Menu onPick={close} />
          <hr style={{ border: 0, borderTop: '1px solid var(--line)', margin: '16px 0' }} />
          <Me />
        </Drawer>
      )}
    </>
  )
}

/** Whether the page is as narrow as a phone; the layouts differ in more than style there. */
export function usePhone(): boolean {
  const [query] = useState(() => matchMedia('(max-width: 760px)'))
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener('change', changed)
      return () => query.removeEventListener('change', changed)
    },
    () => query.matches,
  )
}

/** The frame of every page: menu and search at the desk, a bar for the thumb on the phone. */
export function Layout({ children }: { children: ReactNode }) {
  const phone = usePhone()
  const online = useOnline()
  useWedge()
  return (
    <div className="shell">
      {!phone && (
        <aside className="sidemenu noprint">
          <Mark />
          <Menu />
        </aside>
      )}
      <div>
        {!online && (
          <div className="offline" role="status">
            网络已断开。带到现场的列表可以继续看；登记和修改先存在本机，恢复网络后自动送出。
          </div>
        )}
        <main className="page">
          <header className="top noprint">
            {phone ? (
              <PhoneTop />
            ) : (
              <>
                <Search />
                <OutboxBadge />
                <Me />
              </>
            )}
          </header>
          {children}
        </main>
      </div>
      {phone && <PhoneBar />}
    </div>
  )
}

/** The heading of a page, which is its answer; the acts stand beside it. The window is titled after it. */
export function Head(props: {
  title: string
  sub?: ReactNode
  crumb?: { title: string; to: string }
  children?: ReactNode
}) {
  useEffect(() => {
    document.title = `${props.title} · 食溯`
  }, [props.title])
  return (
    <div className="head">
      <div>
        {props.crumb && (
          <p className="crumb noprint">
            <Link to={props.crumb.to}>← {props.crumb.title}</Link>
          </p>
        )}
        <h1>
          <Unbroken text={props.title} />
        </h1>
        {props.sub && <p className="sub">{props.sub}</p>}
      </div>
      {props.children && <div className="acts noprint">{props.children}</div>}
    </div>
  )
}
