import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'

/** The keys of a service that a URL can express. */
const KEYS = [
  ...['host', 'port', 'dbname', 'user', 'password'],
  ...['sslmode', 'sslrootcert', 'sslnegotiation', 'connect_timeout'],
] as const
type Key = (typeof KEYS)[number]

/** Why batchquery refuses other keys of libpq. */
const OTHER_KEYS: Readonly<Record<string, string>> = {
  service: 'A service cannot name another one: repeat its lines.',
  servicefile: 'A service cannot name another file: set PGSERVICEFILE.',
  options: 'Leave it out, and put SET statements into the task.',
  application_name: 'Leave it out: batchquery sets it, to recognize its sessions.',
  client_encoding: 'Leave it out: batchquery reads UTF8.',
  hostaddr: 'Leave it out, and write host=, whose name TLS verifies.',
  passfile: 'Leave it out, and set PGPASSFILE.',
  sslcert: 'Leave it out: batchquery has no client certificates.',
  sslkey: 'Leave it out: batchquery has no client certificates.',
}
const ANY_OTHER = `Leave it out. The keys are ${KEYS.join(', ')}.`

/** libpq's longest line. */
const MOST_CHARACTERS = 1022

/** A service of a connection service file. */
export interface Service {
  /** The path of the file and the name of the service, for messages. */
  readonly shown: string
  readonly settings: ReadonlyMap<Key, string>
}

/**
 * Finds a service as libpq does: in the file that PGSERVICEFILE names, or `~/.pg_service.conf`; then in `pg_service.conf` of the folder
 * PGSYSCONFDIR. libpq checks no permissions of these files. https://www.postgresql.org/docs/current/libpq-pgservice.html
 *
 * @throws CONFIG if no file has the service, if a file cannot be read, or if the service has a key that a URL cannot express
 */
export function findService(name: string, environment: NodeJS.ProcessEnv): Service {
  const { PGSERVICEFILE, PGSYSCONFDIR, HOME } = environment
  const own = PGSERVICEFILE || join(HOME || homedir(), '.pg_service.conf')
  const paths = [own, ...(PGSYSCONFDIR ? [join(PGSYSCONFDIR, 'pg_service.conf')] : [])]
  for (const path of paths) {
    // Only the file that the user named must exist.
    const text = readService(path, path === PGSERVICEFILE)
    const settings = text === null ? null : settingsOf(text, name, path)
    if (settings !== null) return { shown: `${path}, service ${quoted(name)}`, settings }
  }
  throw new BatchQueryError('CONFIG', `there is no service ${quoted(name)} in ${paths.join(' or ')}`, {
    hint: `Add [${name}] with host=, dbname= and user=, name its file in PGSERVICEFILE, or write the URL: postgres://user@host/db.`,
  })
}

function readService(path: string, mustExist: boolean): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (!mustExist && cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw new BatchQueryError('CONFIG', `the service file ${path} cannot be read`, {
      cause,
      hint: 'Name a file that you may read in PGSERVICEFILE.',
    })
  }
}

/** The first section of this name; null if there is none. libpq takes the first of two equal keys, and spaces around `=` as they are. */
function settingsOf(text: string, service: string, path: string): ReadonlyMap<Key, string> | null {
  let settings: Map<Key, string> | null = null
  for (const [at, untrimmed] of text.split('\n').entries()) {
    const line = untrimmed.trim()
    const refuse = (why: string, hint: string) =>
      new BatchQueryError('CONFIG', `${path}, line ${at + 1}: ${why}`, { hint })
    if (untrimmed.length > MOST_CHARACTERS)
      throw refuse('the line is too long', `Shorten it: libpq reads at most ${MOST_CHARACTERS} characters.`)
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('[')) {
      if (settings !== null) return settings
      if (line.startsWith(`[${service}]`)) settings = new Map()
    } else if (settings !== null) {
      const [key, value] = settingOf(line, refuse)
      if (!settings.has(key)) settings.set(key, value)
    }
  }
  return settings
}

/** No message contains a value, which may be a password. */
function settingOf(
  line: string,
  refuse: (why: string, hint: string) => BatchQueryError,
): readonly [Key, string] {
  if (line.startsWith('ldap'))
    throw refuse('batchquery does not ask LDAP servers', 'Write host=, dbname= and user= instead.')
  const end = line.indexOf('=')
  if (end === -1) throw refuse('there is no = in the line', 'Write key=value, without quotes.')
  const [written, value] = [line.slice(0, end), line.slice(end + 1)]
  const key = KEYS.find(known => known === written)
  if (key !== undefined) return [key, value]
  if (KEYS.some(known => known === written.trim()))
    throw refuse(`there is a space after ${written.trim()}`, 'Write key=value without spaces around the =.')
  const shown = /^\w{1,64}$/.test(written) ? `the key ${quoted(written)}` : 'the key in it'
  throw refuse(
    `batchquery does not know ${shown}`,
    Object.hasOwn(OTHER_KEYS, written) ? OTHER_KEYS[written] : ANY_OTHER,
  )
}
