import fc from 'fast-check'
import { expect } from 'vitest'
import { readSettings } from '../../../src/config/index.ts'
import { namedDatabases } from '../../../src/config/named-databases.ts'
import { parseConfigFile } from '../../../src/config/parse-config-file.ts'
import { shownHost } from '../../../src/database/database-url.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { redactUrl } from '../../../src/platform/index.ts'
import { attack } from './attack.ts'
import { URLS, YAML } from './corpus.ts'

const PASSWORD = 'gT5kW2qLz8Rn4Xc7'

const few = (pieces: readonly string[]) =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 3, size: 'max' }).map(parts => parts.join(''))

/** URLs with a password in its place, and otherwise as malformed as possible. */
const url = fc
  .record({
    scheme: fc.constantFrom(...'mysql mariadb postgres postgresql MySQL'.split(' ')),
    slashes: fc.constantFrom(...['://', ':/', ':', ':///', ':/\n/', ':\t//', '://\r']),
    user: few([...URLS.pieces, 'user', 'reader']).map(text => text.replaceAll(/[:=?#]/g, '')),
    before: fc.constantFrom('', '/', '@', '#', '?', '%', '"', 'é'),
    rest: few(URLS.pieces),
  })
  .map(
    ({ scheme, slashes, user, before, rest }) => `${scheme}${slashes}${user}:${before}${PASSWORD}@h${rest}`,
  )

/** The output of a reader: its error, or the text that it would show. */
function shown(read: () => string): string {
  try {
    return read()
  } catch (thrown) {
    const { message, hint } = BatchQueryError.from(thrown)
    return `${message} ${hint}`
  }
}

attack('no message contains the password of a malformed URL', url, text => {
  for (const said of [
    redactUrl(text),
    shown(() => shownHost(parseDatabaseUrl(text))),
    shown(() => `${readSettings({}, { BATCHQUERY_DATABASE: text }, '/nowhere').shownDatabase}`),
    shown(() => `${readSettings({ database: text }, {}, '/nowhere').shownDatabase}`),
    shown(() => `${namedDatabases({ BATCHQUERY_DATABASES: `{"a": "${text}"` }, []).size}`),
  ])
    expect(said).not.toContain(PASSWORD)
})

/** Before these pieces the beginning of the URL is a name, and no part of the value. */
const noNames = YAML.pieces.filter(piece => !/[&*!]/.test(piece))

attack(
  'no message contains the password of a malformed URL in batchquery.yaml',
  fc.tuple(url, few(noNames)),
  ([text, noise]) => {
    const inQuotes = JSON.stringify(text)
    for (const yaml of [
      `database: ${inQuotes}`,
      `databases: { a: { url: ${inQuotes} } }`,
      `databases:\n  a: ${inQuotes}\n`,
      `database: ${text}${noise}`,
      `databases:\n  a: { url: ${noise}${text} }\n`,
      `engine: ${inQuotes}`,
    ])
      expect(shown(() => `${parseConfigFile(yaml, '/nowhere/batchquery.yaml').path}`)).not.toContain(PASSWORD)
  },
  250,
)
