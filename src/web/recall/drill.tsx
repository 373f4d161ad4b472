import { useEffect, useState } from 'react'
import { createPortal } from 'react-dom'
import './recall.css'

/** Nobody may take a drill for the real thing: striped, at the top, in words. */
export function DrillBand() {
  return (
    <p className="drillband" role="status">
      <b>演练</b>
      <span>只通知和计时，不封存货物，不上公众页面，不必处置货物</span>
    </p>
  )
}

/** The same over a record's page, whose head is not ours. */
export function DrillPage() {
  const [place] = useState(() => document.createElement('div'))
  useEffect(() => {
    document.querySelector('main .head')?.before(place)
    return () => place.remove()
  }, [place])
  return createPortal(<DrillBand />, place)
}
