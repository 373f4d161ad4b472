import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { closedFolder } from './postgres-home.mjs'

export const superuser = 'shisu'
export const database = 'shisu'
// No HOME, no PG* of the caller: the server's behaviour depends on nothing but its folder and settings.
export const serverEnv = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }

/** The superuser's password, made on first use and kept in a file that only we can read. */
export function readPassword(folder) {
  const file = join(folder, 'postgres.password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flush: true })
  return readFileSync(file, 'utf8').trim()
}

/** Builds the cluster aside and moves it into place whole, so that a kill half-way leaves nothing half-made. */
export function initialise({ home, user, password, cluster, onProgress }) {
  onProgress('初始化数据库')
  // A killed starter's initdb may still be at work: never in the same folder as ours.
  for (const left of leftHalves(cluster)) rmSync(left, { recursive: true, force: true, maxRetries: 10 })
  const half = `${cluster}.new.${process.pid}`
  const passwordFile = `${half}.password`
  closedFolder(half, user)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) chownSync(passwordFile, user.uid, user.gid)
  try {
    run(home, user, 'initdb', [
      '-D',
      half,
      '-U',
      superuser,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '-E',
      'UTF8',
      '--locale=C',
      '--data-checksums',
      '--no-instructions',
    ])
    run(
      home,
      user,
      'postgres',
      ['--single', '-D', half, '-c', 'exit_on_error=on', 'postgres'],
      `create database ${database};\n`,
    )
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(half, cluster)
}

function leftHalves(cluster) {
  const folder = dirname(cluster)
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => path.startsWith(`${cluster}.new.`))
}

function run(home, user, program, args, input = '') {
  const done = spawnSync(join(home, 'bin', program), args, {
    ...user,
    cwd: '/',
    env: serverEnv,
    input,
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`数据库程序 ${program} 失败：${done.error?.message ?? done.stderr.trim()}`)
}
