import type { Outgoing } from './adapter.ts'

export type EmailConfig = {
  host: string
  port: number
  /** 'tls' from the first byte, 'starttls' required, 'none' only within the installation's own network. */
  security: 'tls' | 'starttls' | 'none'
  user?: string | null
  from: string
}

/** Sends one e-mail; its Message-ID is the message's id, the same at every try. Throws with what the server said. */
export async function sendEmail(config: EmailConfig, secret: string, message: Outgoing): Promise<void> {
  // Loaded with the first e-mail: most processes send none.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host: config.host,
    port: config.port,
    secure: config.security === 'tls',
    requireTLS: config.security === 'starttls',
    ignoreTLS: config.security === 'none',
    ...(config.user ? { auth: { user: config.user, pass: secret } } : {}),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    // Nothing is read from files or addresses on somebody's word.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from: config.from,
      to: { name: '', address: message.to },
      subject: message.title,
      text: `${message.detail}\n`,
      messageId: `<${message.id}@shisu>`,
    })
  } finally {
    transport.close()
  }
}
