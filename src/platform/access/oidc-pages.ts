const page = (title: string, body: string): string =>
  `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1>${body}</html>`

/** What a business system that sends somebody here to sign out is answered with; `form` is the provider's own. */
export const askSignOut = (form: string): string =>
  page(
    '退出登录',
    `<p>要退出食溯吗？用它登录的各业务系统也一并退出。</p>${form}
     <button autofocus type="submit" form="op.logoutForm" value="yes" name="logout">退出</button>
     <button type="submit" form="op.logoutForm">不退出</button>`,
  )

export const signedOutPage = page('已退出登录', '<p>可以关闭这个页面。</p>')

/** A sign-in that went wrong, for whoever sits at a browser; systems get the protocol's own answer. */
export const failedPage = (error: string): string =>
  page('登录没有完成', `<p>请回到原系统重新登录。仍不行时，把这个代码告诉管理员：${error.replace(/[^a-z_]/g, '')}</p>`)
