import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../src/sql/index.ts'
import { cases } from '../../setup/chance.ts'
import { hostileText, hostileTextWithNul } from '../../unit/sql/parameters/hostile.ts'
import { runTask, SERVERS, type Server } from './servers.ts'

const VALUES = cases(100_000)
const IN_STATEMENT = 100
const LONG = 65_536

/** Strings and comments that would swallow the text after them if the rules of another setting applied. */
const decoys = (dialect: Dialect, setting: string): string => {
  const escapes = /NO_BACKSLASH|strings = on/.test(setting) || dialect === 'duckdb' ? `'\\'` : `'\\'', '\\\\'`
  const others = {
    mysql: `/* ' */ 'it''s :v0', N'--', 1 AS ${/ANSI|ORACLE/.test(setting) ? `"it's ""x"` : '`"`'}`,
    postgres: `/* ' /* */ */ 'it''s :v0', E'\\'', $$ :v0 ' $$, 1 AS "it's ""x"`,
    duckdb: `/* ' */ 'it''s :v0', E'\\'', $$ :v0 ' $$, 1 AS "it's ""x"`,
  }
  return `${escapes}, ${others[dialect]}`
}

const hexOf = (text: string): string => Buffer.from(text).toString('hex').toUpperCase()

/** Sends every text as a parameter, among strings that try to swallow it. */
const readBack = async (server: Server, setting: string, texts: readonly string[]): Promise<void> => {
  const { dialect } = server
  const strings = decoys(dialect, setting)
  const client = await server.connect()
  try {
    for (let from = 0; from < texts.length; from += IN_STATEMENT) {
      const batch = texts.slice(from, from + IN_STATEMENT)
      const given = Object.fromEntries(batch.map((text, index) => [`v${index}`, text]))
      const columns = server.hex(batch.map((_, index) => `:v${index}`))
      const task = `${setting}; SELECT ${strings}, ${columns.join(',')}, ${strings}`
      const row = await runTask(client, dialect, task, given)
      const start = (row.length - columns.length) / 2
      const read = row
        .slice(start, start + columns.length)
        .join(',')
        .split(',')
      expect(read).toEqual(batch.map(hexOf))
    }
  } finally {
    await client.close()
  }
}

describe.each(SERVERS)('$dialect', server => {
  const hostile = server.dialect === 'mysql' ? hostileTextWithNul : hostileText

  it(`reads back ${VALUES} hostile texts under every setting`, async () => {
    const each = Math.ceil(VALUES / server.settings.length)
    const texts = fc.sample(hostile, { numRuns: each * server.settings.length })
    for (const [index, setting] of server.settings.entries())
      await readBack(server, setting, texts.slice(index * each, (index + 1) * each))
  })

  it('reads back long texts', async () => {
    const pieces = fc.sample(hostile, { numRuns: 4_000 })
    const texts = [0, 1_000, 2_000, 3_000].map(from =>
      pieces
        .slice(from, from + 1_000)
        .join('')
        .repeat(100)
        .slice(0, LONG)
        .replace(/\p{Surrogate}$/u, ''),
    )
    for (const setting of server.settings) await readBack(server, setting, texts)
  })
})
