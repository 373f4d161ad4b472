import { ConfigProvider } from 'antd'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { type ReactNode, useState } from 'react'

dayjs.locale('zh-cn')

/** antd in the house's clothes: its tokens are read from ours, so that light and dark are written once. */
function tokens() {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(name).trim()
  return {
    colorPrimary: of('--brand'),
    colorInfo: of('--info'),
    colorSuccess: of('--good'),
    colorWarning: of('--warn'),
    colorError: of('--bad'),
    colorText: of('--ink'),
    colorTextPlaceholder: of('--ink-3'),
    colorBgContainer: of('--paper'),
    colorBgElevated: of('--paper'),
    colorBorder: of('--edge'),
    borderRadius: 6,
    borderRadiusLG: 10,
    controlHeight: 36,
    fontSize: 14,
    fontFamily: of('--font'),
    // Who asked the device for less movement gets none.
    motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    motionDurationMid: '0.12s',
    motionDurationSlow: '0.16s',
  }
}

/** What the server lets styles in by that are written while the page runs. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.content

/** Wraps antd's pickers wherever they stand. */
export function Themed({ children }: { children: ReactNode }) {
  const [token] = useState(tokens)
  return (
    <ConfigProvider locale={zhCN} theme={{ token }} csp={{ nonce }}>
      {children}
    </ConfigProvider>
  )
}
