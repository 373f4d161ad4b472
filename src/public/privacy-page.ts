import { html } from './html.ts'
import { type Mode, page } from './page.ts'

/** What the platform holds of somebody without an account, and how such a person sees, corrects and takes it back (PIPL Arts 44-50). */
export function privacyPage(mode: Mode): string {
  return page(
    '您的个人信息',
    mode,
    html`<main class="narrow"><h1>您的个人信息</h1>
<section class="part"><h2>查食品时</h2><p>不用登录，不收集姓名、电话、位置和手机信息，不用 Cookie。只按件数统计查询次数。</p></section>
<section class="part"><h2>平台里可能有您的信息</h2><dl>
<dt>您反映过问题</dt><dd>姓名、电话和反映的内容，由受理的市场监管部门保存</dd>
<dt>您在食品单位工作</dt><dd>姓名、健康证明、晨检，由您的单位登记</dd>
<dt>您是单位联系人</dt><dd>姓名、电话，随单位备案登记</dd></dl>
<p class="note">姓名、证件号、电话、照片加密保存，看过的人都有记录。</p></section>
<section class="part"><h2>您可以要求</h2><dl>
<dt>查阅、复制、更正</dt><dd>向登记它的单位提出，带身份证明；反映问题的，说登记编号</dd>
<dt>撤回同意</dt><dd>人脸、健康、未成年人信息随时可以撤回，撤回后即从记录里清除</dd>
<dt>删除</dt><dd>由登记单位申请，另一人批准后销毁您的密钥，历史和备份里也不再能读出</dd>
<dt>找谁</dt><dd>有账号的登录后打开“我的个人信息”；没有账号的，找登记单位或拨打 12315</dd></dl></section>
<p><a href="/scan">回到查食品</a></p></main>`,
  )
}
