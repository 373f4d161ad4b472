// The clock starts with the first process: a re-run under another Node inherits it.
process.env.SHISU_STARTED ??= String(Date.now() - Math.round(process.uptime() * 1000))

/** Prints one short line of progress with the seconds since the command was given. */
export function say(text) {
  const seconds = ((Date.now() - Number(process.env.SHISU_STARTED)) / 1000).toFixed(1)
  process.stdout.write(`${seconds.padStart(6)} 秒  ${text}\n`)
}

/** Says why the command cannot go on, in plain words, and ends it. */
export function giveUp(error) {
  process.stderr.write(`\n未能完成：${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
