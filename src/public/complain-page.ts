import { sayMinute } from './day.ts'
import { type Html, html } from './html.ts'
import { type Mode, page } from './page.ts'

/** What was typed so far, and what is wrong with it by field. */
export type Typed = { code: string; food: string; text: string; phone: string; name: string }
export type Wrong = Partial<Record<'text' | 'phone' | 'name' | 'photos' | 'number', string>>

export type Answered = { number: string; receivedAt: Date; state: string; reply?: string }

export const photosMax = 3
export const textMax = 1000

const errorOf = (name: string, wrong: string | undefined): Html | undefined =>
  wrong === undefined ? undefined : html`<p class="error" id="${name}-error">${wrong}</p>`

const marked = (name: string, wrong: string | undefined): Html | undefined =>
  wrong === undefined ? undefined : html` aria-invalid="true" aria-describedby="${name}-error"`

/** What stands on the package, of the link it was scanned from. */
function codeWord(code: string): string {
  const [, ai, value = ''] = /\/(10|21)\/([^/]+)$/.exec(code) ?? []
  return ai === undefined ? '' : `${ai === '10' ? '批号' : '序列号'} ${value}`
}

/** The second of three steps: what is wrong, with pictures, and where to reach whoever tells it. */
export function complainPage(mode: Mode, typed: Typed, wrong: Wrong = {}): string {
  const goods = [typed.food, codeWord(typed.code)].filter(Boolean).join('，')
  return page(
    '投诉',
    mode,
    html`<main class="narrow"><form method="post" action="/complain" enctype="multipart/form-data"><h1>投诉这件食品</h1>
${goods !== '' && html`<p>${goods}</p>`}
<input type="hidden" name="code" value="${typed.code}"><input type="hidden" name="food" value="${typed.food}">
${mode.big && html`<input type="hidden" name="big" value="1">`}
<label for="text">哪里有问题</label>${errorOf('text', wrong.text)}
<textarea id="text" name="text" rows="5" required maxlength="${textMax}"${marked('text', wrong.text)}>${typed.text}</textarea>
<label for="photos">照片（可以不拍，最多 ${photosMax} 张）</label>${errorOf('photos', wrong.photos)}
<input id="photos" name="photos" type="file" accept="image/jpeg,image/png,image/webp" multiple${marked('photos', wrong.photos)}>
<label for="phone">手机号</label>${errorOf('phone', wrong.phone)}
<input id="phone" name="phone" type="tel" value="${typed.phone}" required maxlength="20" autocomplete="tel" inputmode="tel"${marked('phone', wrong.phone)}>
<label for="name">怎样称呼您（可以不填）</label>${errorOf('name', wrong.name)}
<input id="name" name="name" value="${typed.name}" maxlength="40" autocomplete="name"${marked('name', wrong.name)}>
<p class="note">手机号和称呼只给办理投诉的市场监管部门看，用来核实和答复。</p>
<button>提交投诉</button></form>
<section class="part"><p class="note">已经投诉过？<a href="/complain/reply">查看答复</a>。也可以拨打 <a href="tel:12315">12315</a>。</p></section></main>`,
  )
}

/** The third step: it was received, under this number. */
export function receivedPage(mode: Mode, number: string, now: Date): string {
  return page(
    '已收到投诉',
    mode,
    html`<main class="narrow"><section class="verdict good"><h1>已经收到</h1>
<p>查询号</p><h2><b class="code">${number}</b></h2>
<p class="advice">请记下查询号。凭查询号和手机号可以随时查看办理情况和答复。</p></section>
<form method="post" action="/complain/reply"><input type="hidden" name="number" value="${number}">
<label for="phone">手机号</label><input id="phone" name="phone" type="tel" required maxlength="20" autocomplete="tel">
<button>查看办理情况</button></form>
<section class="part"><p class="note">收到时间 ${sayMinute(now)}</p></section></main>`,
  )
}

/** Where a reply is asked for. */
export function replyPage(mode: Mode, number = '', wrong: Wrong = {}): string {
  return page(
    '查看答复',
    mode,
    html`<main class="narrow"><form method="post" action="/complain/reply"><h1>查看投诉的答复</h1>
<label for="number">查询号</label>${errorOf('number', wrong.number)}
<input id="number" name="number" value="${number}" required maxlength="20" autocomplete="off" autocapitalize="characters"${marked('number', wrong.number)}>
<label for="phone">投诉时填的手机号</label><input id="phone" name="phone" type="tel" required maxlength="20" autocomplete="tel">
<button>查看</button></form></main>`,
  )
}

const states: Readonly<Record<string, { tone: string; word: string; sentence: string }>> = {
  received: { tone: 'unknown', word: '等待受理', sentence: '市场监管部门正在决定是否受理，请过几天再来看。' },
  accepted: { tone: 'warn', word: '正在办理', sentence: '已经受理，正在核查。' },
  rejected: { tone: 'unknown', word: '不予受理', sentence: '理由见答复。' },
  replied: { tone: 'good', word: '已经答复', sentence: '答复如下。' },
  void: { tone: 'unknown', word: '已经撤销', sentence: '这份投诉登记已经撤销。' },
}

/** How far it is, and what was answered. */
export function answeredPage(mode: Mode, { number, receivedAt, state, reply }: Answered): string {
  const { tone, word, sentence } =
    states[state] ?? (states.received as { tone: string; word: string; sentence: string })
  return page(
    word,
    mode,
    html`<main class="narrow"><section class="verdict ${tone}"><h1>${word}</h1><p>${sentence}</p></section>
${reply !== undefined && html`<section class="part"><h2>答复</h2><p>${reply}</p></section>`}
<section class="part"><dl><dt>登记编号</dt><dd class="code">${number}</dd><dt>收到时间</dt><dd>${sayMinute(receivedAt)}</dd></dl></section></main>`,
  )
}
