import { useQuery } from '@tanstack/react-query'
import { read } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { minuteOf } from '../shell/time.ts'
import { bareTerm, bizStepWords, eventTypeWords } from './words.ts'

type Event = { type?: string; bizStep?: string; eventTime?: string }
type Document = Event & {
  epcisBody?: { queryResults?: { resultsBody?: { eventList?: Event[] } }; eventList?: Event[] }
}

/** An event that a record names: what it was and when, with the way to it. Before it is known, or out of reach, the way alone. */
export function EventLink({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => read<Document>(`/epcis/events/${encodeURIComponent(id)}`, {}, signal),
    retry: false,
    staleTime: 300_000,
  })
  const body = data?.epcisBody
  const event = body?.queryResults?.resultsBody?.eventList?.[0] ?? body?.eventList?.[0] ?? data
  const step = event?.bizStep && bizStepWords[bareTerm(event.bizStep)]
  const what = step ? `${step}事件` : (eventTypeWords[event?.type ?? ''] ?? '查看事件')
  return (
    <Link to={path.events({ event: id })} title={id}>
      {what}
      {event?.eventTime && `　${minuteOf(event.eventTime)}`}
    </Link>
  )
}
