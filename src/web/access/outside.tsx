import { useEffect, useState } from 'react'
import { read } from '../shell/api.ts'

/** The way in through the city's unified identity, where the operator has one. */
export function OutsideLogin() {
  const [available, setAvailable] = useState(false)
  useEffect(() => {
    read<{ available: boolean }>('/api/v1/session/outside-available').then(
      (answer) => setAvailable(answer.available),
      () => {},
    )
  }, [])
  if (!available) return null
  return (
    <a className="button" href="/api/v1/session/outside">
      用统一身份登录
    </a>
  )
}
