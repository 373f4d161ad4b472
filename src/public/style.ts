import { createHash } from 'node:crypto'

/**
 * The pages' one style sheet, inside the page: no second request, and a policy that allows nothing else. Lengths are in
 * rem, so that the elder mode and the reader's own font size enlarge everything. All texts hold a contrast of 4.5:1.
 */
export const style = `
:root{--ink:#17211d;--ink-2:#4f5b55;--line:#dde4e0;--paper:#fff;--canvas:#f5f7f6;--brand:#0b6b57;
--good:#127344;--good-soft:#e7f5ed;--warn:#8f5006;--warn-soft:#fdf3e1;--bad:#b3261e;--bad-soft:#fceceb;
--unknown:#555f5a;--unknown-soft:#eef1ef;--info:#215fa6;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--ink:#e8eeeb;--ink-2:#a9b5af;--line:#2d3833;--paper:#141a17;--canvas:#0d1210;--brand:#5fc4ab;
--good:#62cf94;--good-soft:#12291d;--warn:#f0b35c;--warn-soft:#2c2110;--bad:#ff9a92;--bad-soft:#341513;
--unknown:#b3bdb8;--unknown-soft:#1d2421;--info:#8dbcf2}}
*{box-sizing:border-box;margin:0}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
.big{font-size:131%}
body{font:1rem/1.6 system-ui,-apple-system,"PingFang SC","HarmonyOS Sans SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
color:var(--ink);background:var(--paper);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
a{color:var(--brand)}
a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
.top,main,.foot{max-width:30rem;margin:0 auto}
.top{display:flex;align-items:center;justify-content:space-between;padding:0 1.25rem}
.top a{display:inline-flex;align-items:center;min-height:3rem;text-decoration:none}
.big .top a{min-height:60px}
.mark{gap:.5rem;font-weight:600;color:var(--ink)}
.mark i{width:1.375rem;height:1.375rem;border-radius:.3125rem;background:var(--brand);color:var(--paper);font-style:normal;font-size:.8125rem;display:grid;place-items:center}
.verdict{margin:.25rem 1rem 0;padding:1.375rem 1.25rem 1.25rem;border-radius:.875rem}
.verdict h1{display:flex;align-items:center;gap:.75rem;font-size:1.875rem;line-height:1.2;letter-spacing:.02em}
.verdict svg{width:2.25rem;height:2.25rem;flex:none}
.verdict p{text-wrap:pretty;margin-top:.75rem;font-size:1.0625rem;line-height:1.65}
.verdict .advice{font-weight:600}
.good{background:var(--good-soft)}.good h1,.is-good i{color:var(--good)}
.warn{background:var(--warn-soft)}.warn h1,.is-warn i{color:var(--warn)}
.bad{background:var(--bad-soft)}.bad h1,.is-bad i{color:var(--bad)}
.unknown{background:var(--unknown-soft)}.unknown h1,.is-unknown i{color:var(--unknown)}
.is-info i{color:var(--info)}
.is-bad,.is-warn{color:var(--ink)}
.checks{list-style:none;padding:.875rem 0 0;margin-top:1rem;border-top:1px solid color-mix(in srgb,currentColor 14%,transparent);
display:grid;grid-template-columns:repeat(auto-fit,minmax(9.25rem,1fr));gap:.4rem .875rem;font-size:.9375rem;color:var(--ink-2)}
.checks li{display:flex;gap:.4rem}
.checks .is-info{grid-column:1/-1;order:1}
.checks i{font-style:normal;font-weight:700;flex:none;width:1em;text-align:center}
section.part{padding:1.75rem 1.25rem 0}
h2{font-size:1.125rem;line-height:1.35;margin-bottom:.625rem}
h2 small{display:block;font-size:.9375rem;font-weight:400;color:var(--ink-2);margin-top:.125rem}
dl{display:grid;grid-template-columns:5.2em 1fr;row-gap:.5625rem;column-gap:.5rem}
dt{color:var(--ink-2)}
dd{margin:0}
.lines dd{white-space:pre-line}
.code{font-family:var(--mono);font-size:.9375em}
ol{list-style:none;padding:0}
ol li{position:relative;padding:0 0 1.125rem 1.625rem}
ol li::before{content:"";position:absolute;left:.3125rem;top:.5rem;width:.5625rem;height:.5625rem;border-radius:50%;background:var(--brand)}
ol li:not(:last-child)::after{content:"";position:absolute;left:.5625rem;top:1.25rem;bottom:-.3125rem;width:1px;background:var(--line)}
ol .halted::before{border-radius:1px;background:var(--bad)}
ol .halted{color:var(--bad);font-weight:600}
time{display:block;color:var(--ink-2);font-size:.875rem;font-weight:400}
ol span{color:var(--ink-2)}
ol p+p{margin-top:.25rem}
.untold-all{margin:1.75rem 1rem 0;padding:1rem 1.125rem;border-radius:.75rem;background:var(--unknown-soft);font-size:.9375rem;color:var(--ink-2)}
.untold-all h2{font-size:1rem;color:var(--ink);margin-bottom:.375rem}
.untold-all ul{padding-left:1.1em}
.foot{padding:1.5rem 1.25rem 2rem;color:var(--ink-2);font-size:.8125rem}
.foot p+p{margin-top:.375rem}
form{padding:1.25rem 1.25rem 0}
form h1{font-size:1.625rem;line-height:1.3}
form p{color:var(--ink-2);margin:.5rem 0 1rem}
label{display:block;font-weight:600;margin-bottom:.375rem}
input,textarea{width:100%;font:inherit;font-size:1.0625rem;color:inherit;background:var(--paper);min-height:3rem;padding:.5rem .875rem;border:1px solid var(--ink-2);border-radius:.625rem}
button{width:100%;margin-top:.75rem;min-height:3rem;font:inherit;font-size:1.0625rem;font-weight:600;color:var(--paper);background:var(--brand);border:0;border-radius:.625rem;cursor:pointer}
.verify pre{overflow:auto;font-size:.75rem}.verify .good{color:var(--good)}.verify .bad{color:var(--bad)}.verify{padding:0 1.25rem 2rem}.verify #result:not(:empty){padding:.25rem 1rem 1rem;margin-top:1rem;border-radius:.625rem}.verify p,.verify details{margin-top:.75rem}.verify #result p{color:var(--ink)}.verify #told ol{margin-top:.75rem}
input+label,textarea+label{margin-top:1rem}
.act{display:inline-flex;align-items:center;min-height:3rem;font-size:1rem;font-weight:600}
.big input,.big button,.big .act{min-height:60px}
.big .foot a,.big .part a,.big .note a{display:inline-flex;align-items:center;min-height:60px}
.big .foot,.big .note,.big .mark i,.big .verify pre{font-size:.875rem}
.note{margin-top:1.25rem;font-size:.8125rem;color:var(--ink-2)}
.error{color:var(--bad);font-weight:600}
@media (min-width:56rem){
body{background:var(--canvas)}
.top,main,.foot{max-width:60rem}
.wide{display:grid;grid-template-columns:minmax(0,26rem) minmax(0,1fr);column-gap:1.5rem;align-items:start}
.wide .verdict{grid-column:1/-1;padding:1.75rem 2rem;margin:.5rem 1.25rem 0}
.wide .is-info{grid-column:auto}
.wide .checks{grid-template-columns:repeat(auto-fit,minmax(11rem,1fr))}
.wide .part,.wide .untold-all{background:var(--paper);border:1px solid var(--line);border-radius:.875rem;padding:1.5rem 1.625rem}
.wide .left{padding-left:1.25rem}.wide .right{padding-right:1.25rem}
.wide .part{margin-top:1.25rem}.wide .untold-all{margin:1.25rem 0 0}
.narrow{max-width:34rem;padding-bottom:1.75rem;margin-top:1.5rem;background:var(--paper);border:1px solid var(--line);border-radius:.875rem;overflow:hidden}
.narrow form,.narrow .part{padding-left:1.75rem;padding-right:1.75rem}
.narrow .verdict{margin:0;border-radius:0;padding:1.75rem}
.wide ol li{display:grid;grid-template-columns:8rem 1fr;column-gap:.5rem}
.wide ol time{font-size:.9375rem;line-height:1.6rem}
}
@media print{:root{--paper:#fff;--ink:#000;--ink-2:#333}
.top .mode,form{display:none}
.verdict,.untold-all{border:1px solid #000;break-inside:avoid}
body{font-size:11pt;background:#fff}ol li{break-inside:avoid}}
`

const hash = createHash('sha256').update(style).digest('base64')

/** Nothing but this style sheet and forms to ourselves: no script, no picture, no frame. */
export const policy = `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`
