import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import type { DirectoryStore } from '../../src/store/index.ts'
import { type CorpusFile, type CorpusLine, readCorpus } from './corpus-file.ts'
import { type CorpusServers, openCorpusServers, serverNames } from './corpus-servers.ts'
import { ALL_EXPORTS, FORMATS } from './exports/all.ts'
import { corpusStore, lineOf, makeExport } from './made-export.ts'

/*
 * Exports whose bytes are known. `npm run corpus` takes an export only if a program that is not ours writes the same bytes. Here the
 * product makes each of them again, and not a byte may differ.
 */

let corpus: CorpusFile
let servers: CorpusServers
let store: DirectoryStore

beforeAll(async () => {
  corpus = await readCorpus()
  servers = await openCorpusServers()
  store = await corpusStore()
})

test('the servers have the versions that made the corpus', () => {
  expect(serverNames(servers)).toEqual(corpus.servers)
})

test('corpus.tsv has a line for each export, and no other one', () => {
  expect(corpus.lines.map(({ id }) => id)).toEqual(ALL_EXPORTS.map(({ id }) => id).toSorted())
})

describe.each(['mysql', 'postgres', 'duckdb'] as const)('from %s', dialect => {
  test.each(FORMATS)(
    'an export in %s has the bytes, the rows and the parts of its line in the corpus',
    async format => {
      const known = new Map(corpus.lines.map(line => [line.id, line]))
      const wanted = ALL_EXPORTS.filter(({ id }) => id.startsWith(`${dialect}/${format}/`))
      expect(wanted.length).toBeGreaterThan(0)
      const differing: CorpusLine[] = []
      for (const one of wanted) {
        const line = lineOf(one, await makeExport(one, servers.sessions[dialect], store))
        if (!isDeepStrictEqual(line, known.get(line.id))) differing.push(line)
      }
      expect(differing).toEqual(differing.map(({ id }) => known.get(id)))
      expect(differing).toEqual([])
    },
  )
})
