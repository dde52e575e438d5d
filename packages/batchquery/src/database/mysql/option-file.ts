import { homedir } from 'node:os'
import { join } from 'node:path'
import type { PasswordFile } from '../password-file.ts'

const WRITE_OF_OTHERS = 0o002
const GROUP = /^\s*\[(.*?)\]\s*$/
const OPTION = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/
/** A comment after a value needs a space before it. */
const COMMENT = /\s#.*$/
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', r: '\r', s: ' ', '\\': '\\' }

/**
 * The option file of MySQL's and MariaDB's own tools, of which batchquery reads the password of `[client]`. It counts only for the host and
 * the user that the group names, if it names them. https://dev.mysql.com/doc/refman/8.4/en/option-files.html
 */
export const MY_CNF: PasswordFile = {
  path: ({ HOME }) => join(HOME || homedir(), '.my.cnf'),
  forbidden: WRITE_OF_OTHERS,
  repair: 'chmod 600',
  find(text, { host, user, socket }) {
    const options = clientOptions(text)
    const isOther = (option: string, asked: string): boolean =>
      options.has(option) && options.get(option) !== asked
    if (isOther('user', user) || (socket === null && isOther('host', host))) return null
    return options.get('password') ?? null
  },
}

function clientOptions(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  let group = ''
  for (const line of text.split(/\r?\n/)) {
    group = GROUP.exec(line)?.[1] ?? group
    const [, name, value = ''] = OPTION.exec(line) ?? []
    // The last one counts, as it does for the tools.
    if (group === 'client' && name !== undefined) options.set(name.replaceAll('_', '-'), unquoted(value))
  }
  return options
}

function unquoted(written: string): string {
  const [, quote, quoted] = /^(['"])(.*)\1$/.exec(written) ?? []
  const value = quote === undefined ? written.replace(COMMENT, '') : quoted
  return value.replaceAll(/\\(.)/g, (whole, character: string) => ESCAPES[character] ?? whole)
}
