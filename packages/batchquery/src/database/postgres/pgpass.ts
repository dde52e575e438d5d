import { homedir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseUrl } from '../database-url.ts'
import type { PasswordFile } from '../password-file.ts'

const GROUP_AND_OTHERS = 0o077

/** libpq's password file: https://www.postgresql.org/docs/current/libpq-pgpass.html */
export const PGPASS: PasswordFile = {
  path: ({ PGPASSFILE, HOME }) => PGPASSFILE || join(HOME || homedir(), '.pgpass'),
  forbidden: GROUP_AND_OTHERS,
  repair: 'chmod 600',
  find(text, url) {
    for (const line of text.split(/\r?\n/)) {
      if (line.startsWith('#')) continue
      const [host, port, database, user, password] = fieldsOf(line)
      if (password !== undefined && matches(url, { host, port, database, user })) return password
    }
    return null
  },
}

/** Fields with colons between them. A backslash makes the next character a part of the field. */
function fieldsOf(line: string): readonly string[] {
  const fields = ['']
  for (let at = 0; at < line.length; at++) {
    const character = line[at]
    if (character === ':') fields.push('')
    else if (character === '\\' && at + 1 < line.length) fields[fields.length - 1] += line[++at]
    else fields[fields.length - 1] += character
  }
  return fields
}

/** A socket in the default folder counts as localhost; any other one is named by its folder. A star matches everything. */
function matches(
  { host, port, socket, name, user }: DatabaseUrl,
  line: Record<'host' | 'port' | 'database' | 'user', string>,
): boolean {
  const asked = { host: socket ?? host, port: String(port), database: name || user, user }
  return (
    (line.host === '*' || line.host === asked.host || (socket !== null && line.host === 'localhost')) &&
    (line.port === '*' || line.port === asked.port) &&
    (line.database === '*' || line.database === asked.database) &&
    (line.user === '*' || line.user === asked.user)
  )
}
