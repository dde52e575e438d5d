import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../src/database/database.ts'
import type { DirectoryStore } from '../../src/store/index.ts'
import { openDatabase, serverUrl } from '../integration/postgres/session.ts'
import { type CorpusLine, readCorpus } from './corpus-file.ts'
import { type CorpusServers, openCorpusServers } from './corpus-servers.ts'
import type { CorpusExport } from './export.ts'
import { ALL_EXPORTS } from './exports/all.ts'
import { corpusStore, lineOf, makeExport } from './made-export.ts'

/*
 * PARTITION BY changes where rows are written, and never their bytes. Here each export of the corpus has one more column, which is its
 * only partition: its parts must have the bytes that they have without the clause.
 */

let servers: CorpusServers
let store: DirectoryStore

beforeAll(async () => {
  servers = await openCorpusServers()
  store = await corpusStore()
})

/** Adds the column to each SELECT of the query itself. */
function partitioned(one: CorpusExport): CorpusExport {
  const { query, writing } = one
  let depth = 0
  let added = ''
  for (const word of query.split(/(\(|\)|\bSELECT )/)) {
    if (word === '(') depth++
    if (word === ')') depth--
    added += word === 'SELECT ' && depth === 0 ? 'SELECT 1 AS partition_column, ' : word
  }
  return { ...one, query: added, writing: { ...writing, partitionBy: 'partition_column' } }
}

/** A result without rows has no partition, and names of partitions are in UTF-8. */
const canBePartitioned = ({ id, writing: { characterSet = 'utf8mb4' } }: CorpusExport): boolean =>
  !id.includes('rows-none') && /^(utf8(mb[34])?|binary)$/.test(characterSet)

const EXPORTS = ALL_EXPORTS.filter(canBePartitioned)
const lineFrom = async (one: CorpusExport, session = servers.sessions[one.dialect]): Promise<CorpusLine> =>
  lineOf(one, await makeExport(one, session, store))

/** Values that JSON cannot have are refused, after which a session of PostgreSQL is of no use. */
async function lineOrRefusal(one: CorpusExport): Promise<CorpusLine | string> {
  const session: Session =
    one.dialect === 'postgres'
      ? await openDatabase(serverUrl(servers.postgresName)).connect('batchquery corpus')
      : servers.sessions[one.dialect]
  try {
    return await lineFrom(one, session)
  } catch (error) {
    return String(error)
  } finally {
    if (one.dialect === 'postgres') await session.close()
  }
}

describe.each(['mysql', 'postgres', 'duckdb'] as const)('a partition from %s', dialect => {
  test.each(['text', 'csv'])(
    'in %s has the bytes, the rows and the parts of its line in the corpus',
    async format => {
      const known = new Map((await readCorpus()).lines.map(line => [line.id, line]))
      const wanted = EXPORTS.filter(({ id }) => id.startsWith(`${dialect}/${format}/`))
      expect(wanted.length).toBeGreaterThan(20)
      const differing: CorpusLine[] = []
      for (const one of wanted) {
        const line = await lineFrom(partitioned(one))
        if (!isDeepStrictEqual(line, known.get(line.id))) differing.push(line)
      }
      expect(differing).toEqual(differing.map(({ id }) => known.get(id)))
    },
  )

  test('in JSON has the bytes, the rows and the parts of the result without the clause', async () => {
    const wanted = EXPORTS.filter(({ id }) => id.startsWith(`${dialect}/text/type-`))
    expect(wanted.length).toBeGreaterThan(20)
    for (const one of wanted) {
      const json: CorpusExport = { ...one, writing: { format: 'JSON' } }
      expect(await lineOrRefusal(partitioned(json)), one.id).toEqual(await lineOrRefusal(json))
    }
  })
})
