import assert from 'node:assert/strict'
import { style } from '../../src/public/style.ts'

type Pages = Record<'normal' | 'big' | 'recalled' | 'expired' | 'unknown', string>

/** What an excellent page of a shopper is (reference, role 6, and the rule of digital labels), each with what shows it. */
export const shopperLines: readonly [line: string, holds: (pages: Pages) => void][] = [
  [
    'its first screen is one answer of less than 150 kB that asks for nothing more',
    ({ normal }) => {
      assert.ok(Buffer.byteLength(normal) < 30 * 1024, 'less than 0.2 s at 1.5 Mbit/s')
      assert.doesNotMatch(normal, /<(script|img|link|iframe|video|object|embed)\b|@import|url\(/)
    },
  ],
  ['no login', ({ normal }) => assert.doesNotMatch(normal, /type="password"|登录|注册|<form/)],
  [
    'no advert, no pop-up, nothing that floats, no other site',
    ({ normal }) => {
      assert.doesNotMatch(style, /position:(fixed|sticky)/)
      assert.doesNotMatch(normal, /<dialog|popover|http-equiv="refresh"/)
      const links = [...normal.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href)
      assert.ok(links.length > 0 && links.every((href) => /^(\/(?!\/)|tel:12315$|#)/.test(href)), links.join(' '))
    },
  ],
  [
    'the verdict comes first: 正常, 已召回, 过期, 查无此码',
    ({ normal, recalled, expired, unknown }) => {
      const first = (body: string) => {
        const main = body.slice(body.indexOf('<main'))
        const [, text = ''] = /<h1[^>]*>(.*?)<\/h1>/s.exec(main) ?? []
        assert.ok(!/<h2|<dl|<p/.test(main.slice(0, main.indexOf('<h1'))), 'nothing stands before it')
        return text.replaceAll(/<[^>]+>/g, '')
      }
      assert.deepEqual([normal, recalled, expired, unknown].map(first), ['正常', '已召回', '已过期', '查无此码'])
    },
  ],
  [
    'it says what is not known',
    ({ normal }) => {
      const [, told = ''] = /<h2>我们不知道的<\/h2><ul>(.*?)<\/ul>/s.exec(normal) ?? []
      assert.ok((told.match(/<li>/g) ?? []).length > 0)
    },
  ],
  [
    'a complaint is one tap away with product and lot filled in',
    ({ normal, recalled, expired }) => {
      for (const body of [normal, recalled, expired]) {
        const [, link = ''] = /href="(\/complain\?[^"]+)"/.exec(body) ?? []
        const asked = new URL(link.replaceAll('&amp;', '&'), 'http://localhost').searchParams
        assert.match(asked.get('code') ?? '', /\/10\/ROLE6/)
      }
    },
  ],
  ['its elder mode is one tap away', ({ normal }) => assert.match(normal, /<a class="mode" href="[^"]*big=1">大字版/)],
  [
    'in the elder mode no letter is smaller than 18 px',
    ({ big }) => {
      assert.match(big, /<html lang="zh-CN" class="big">/)
      const root = (16 * Number(/\.big\{font-size:(\d+)%\}/.exec(style)?.[1])) / 100
      const enlarged = new Map<string, number>()
      const rules = [...style.matchAll(/([^{}]+)\{([^{}]*)\}/g)].flatMap(([, selectors = '', rule = '']) => {
        const size = /font(?:-size)?:(?:[^;]*? )?([\d.]+)rem/.exec(rule)?.[1]
        return size ? selectors.split(',').map((one) => ({ selector: one.trim(), px: Number(size) * root })) : []
      })
      for (const { selector, px } of rules) if (selector.startsWith('.big ')) enlarged.set(selector.slice(5), px)
      const small = rules.filter(({ selector, px }) => (enlarged.get(selector) ?? px) < 18)
      assert.deepEqual(small, [])
    },
  ],
  [
    'in the elder mode what is tapped is 60 px high',
    () => {
      for (const what of ['.top a', 'input', 'button', '.act', '.foot a', '.part a', '.note a']) {
        const rule = new RegExp(`(^|[},\\n])\\.big ${what.replace('.', '\\.')}[^{}]*\\{[^}]*min-height:60px`, 'm')
        assert.match(style, rule, what)
      }
    },
  ],
  [
    'texts hold a contrast of 4.5:1, by day and in the dark',
    () => {
      const [day = '', dark = ''] = [...style.matchAll(/:root\{(--ink:[^}]+)\}/g)].map(([, rule = '']) => rule)
      for (const rule of [day, dark]) {
        const colour = (name: string) => new RegExp(`--${name}:(#[0-9a-f]{3,6})`).exec(rule)?.[1] ?? ''
        for (const tone of ['good', 'warn', 'bad', 'unknown'])
          for (const text of ['ink', tone])
            assert.ok(contrast(colour(text), colour(`${tone}-soft`)) >= 4.5, `${text} ${tone}`)
        for (const text of ['ink', 'ink-2', 'brand', 'info'])
          assert.ok(contrast(colour(text), colour('paper')) >= 4.5, text)
        assert.ok(contrast(colour('paper'), colour('brand')) >= 4.5, 'a button')
      }
    },
  ],
]

/** WCAG 2.2's ratio of relative luminance. */
function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const full = hex.length === 4 ? hex.replaceAll(/[0-9a-f]/g, '$&$&') : hex
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(full.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}
