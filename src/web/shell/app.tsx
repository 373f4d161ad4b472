import { Component, lazy, type ReactNode, Suspense } from 'react'
import { AccessFrame } from '../access/frame.tsx'
import { useSending } from '../outbox/use-outbox.ts'
import { Empty, Waiting } from '../ui/empty.tsx'
import { Toasts } from '../ui/toast.tsx'
import { type OwnKind, useCatalogue, useCatalogueQuery } from './catalogue.ts'
import { Layout } from './layout.tsx'
import { path } from './path.ts'
import { Link, useRoute } from './router.tsx'
import { isAdministrator, useSession } from './session.tsx'
import { Trouble } from './trouble.tsx'

const Home = lazy(() => import('../home/home.tsx'))
const Notices = lazy(() => import('../home/notices.tsx'))
const Tasks = lazy(() => import('../casework/tasks.tsx'))
const Messages = lazy(() => import('../casework/messages.tsx'))
const List = lazy(() => import('../record/list.tsx'))
const Detail = lazy(() => import('../record/detail.tsx'))
const Create = lazy(() => import('../record/create.tsx'))
const Edit = lazy(() => import('../record/edit.tsx'))
const Import = lazy(() => import('../record/import.tsx'))
const PrintList = lazy(() => import('../record/print-list.tsx'))
const Compare = lazy(() => import('../record/compare.tsx'))
const Document = lazy(() => import('../record/print.tsx'))
const MergeTwo = lazy(() => import('../record/merge-two.tsx'))

const ofKind = { list: List, create: Create, import: Import, print: PrintList } as const
const ofRecord = { record: Detail, edit: Edit, versions: Compare, document: Document, merge: MergeTwo } as const
const Desk = lazy(() => import('../access/desk.tsx'))
const Orders = lazy(() => import('../codes/orders.tsx'))
const Recall = lazy(() => import('../recall/recall.tsx'))
const Events = lazy(() => import('../trace/events.tsx'))
const Capture = lazy(() => import('../trace/capture.tsx'))
const Order = lazy(() => import('../codes/order.tsx'))
const Looks = lazy(() => import('../codes/looks.tsx'))
const Ranges = lazy(() => import('../codes/ranges.tsx'))
const Pack = lazy(() => import('../codes/pack.tsx'))
const Chain = lazy(() => import('../trace/chain.tsx'))
const Outbox = lazy(() => import('../outbox/outbox.tsx'))
const Mend = lazy(() => import('../outbox/mend.tsx'))
const OperationPage = lazy(() => import('../operation/operation.tsx'))
const Announcements = lazy(() => import('../announcements/announcements.tsx'))
const Decode = lazy(() => import('../devices/decode.tsx'))
const Board = lazy(() => import('../devices/board.tsx'))
const SitePlan = lazy(() => import('../devices/plan.tsx'))
const Statistics = lazy(() => import('../devices/statistics.tsx'))
const VideoWall = lazy(() => import('../video/wall.tsx'))

/** Operations whose answer is worth a page of its own. */
const ofOperation: Readonly<Record<string, typeof OperationPage>> = {
  'decode-frame': Decode,
  'device-board': Board,
  'pack-codes': Pack,
  'see-site-plan': SitePlan,
  'camera-wall': VideoWall,
  'alarm-statistics': Statistics,
  'list-announcements': Announcements,
}

function Missing() {
  return (
    <Empty title="没有这个页面">
      <p>地址可能有误，或者您没有查看它的权限。</p>
      <Link className="button" to={path.home()}>
        回到工作台
      </Link>
    </Empty>
  )
}

/** A defect in one page leaves the menu usable. */
class Fence extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {}
  static getDerivedStateFromError(error: unknown) {
    return { error }
  }
  override render() {
    if (this.state.error === undefined) return this.props.children
    return <Trouble error={this.state.error} retry={() => location.reload()} />
  }
}

function Page() {
  const { route } = useRoute()
  const catalogue = useCatalogue()
  const { actor } = useSession()
  const kindOf = (name: string): OwnKind | undefined => catalogue.kinds.find((kind) => kind.name === name)
  switch (route.page) {
    case 'home':
      // Administrators have no business: their first desk is their home.
      return isAdministrator(actor.role) ? <Desk name={catalogue.desks[0]?.name ?? ''} /> : <Home />
    case 'desk':
      return <Desk key={route.name} name={route.name} />
    case 'notices':
      return <Notices />
    case 'tasks':
      return <Tasks />
    case 'messages':
      return <Messages />
    case 'codes':
      return route.id ? <Order key={route.id} id={route.id} /> : <Orders />
    case 'looks':
      return <Looks />
    case 'code-ranges':
      return <Ranges />
    case 'recall':
      return <Recall id={route.id} />
    case 'events':
      return <Events />
    case 'capture':
      return <Capture />
    case 'trace':
      return <Chain />
    case 'outbox':
      return route.id ? <Mend key={route.id} id={route.id} /> : <Outbox />
    case 'missing':
      return <Missing />
    case 'operation': {
      const operation = catalogue.operations.find((each) => each.name === route.name)
      const Shown = ofOperation[route.name] ?? OperationPage
      return operation ? <Shown key={operation.name} operation={operation} /> : <Missing />
    }
    case 'list':
    case 'create':
    case 'import':
    case 'print': {
      const kind = kindOf(route.kind)
      const Shown = ofKind[route.page]
      return kind ? <Shown key={kind.name} kind={kind} /> : <Missing />
    }
    case 'record':
    case 'edit':
    case 'versions':
    case 'document':
    case 'merge': {
      const kind = kindOf(route.kind)
      const Shown = ofRecord[route.page]
      return kind ? <Shown key={route.id} kind={kind} id={route.id} /> : <Missing />
    }
  }
}

/** Everything behind the login. */
export default function App() {
  const { data, error, refetch } = useCatalogueQuery()
  const { route } = useRoute()
  useSending()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return null
  return (
    <>
      <AccessFrame />
      <Layout>
        <Fence key={JSON.stringify(route)}>
          <Suspense fallback={<Waiting />}>
            <Page />
          </Suspense>
        </Fence>
      </Layout>
      <Toasts />
    </>
  )
}
