import { expect, test } from 'vitest'
import { type CorpusLine, readCorpus, writeCorpus } from './corpus-file.ts'
import { openCorpusServers, serverNames } from './corpus-servers.ts'
import { ALL_EXPORTS } from './exports/all.ts'
import { corpusStore, lineOf, makeExport } from './made-export.ts'
import { Witnesses } from './witnesses/witnesses.ts'

/*
 * npm run corpus: makes every export, holds it against its witness, and writes corpus.tsv. It writes nothing when one export
 * does not agree with its witness, or has other bytes than it had in the corpus; the latter unless BATCHQUERY_CORPUS=replace.
 */

test('every export agrees with its witness and with its line of the corpus', {
  timeout: 1_800_000,
}, async () => {
  const servers = await openCorpusServers()
  const store = await corpusStore()
  const witnesses = await Witnesses.open(servers)
  const lines: CorpusLine[] = []
  const refused: string[] = []
  for (const wanted of ALL_EXPORTS) {
    try {
      const made = await makeExport(wanted, servers.sessions[wanted.dialect], store)
      const difference = await witnesses.differenceOf(wanted, made)
      if (difference === null) lines.push(lineOf(wanted, made))
      else refused.push(`${wanted.id} is not what ${wanted.witness} has: ${difference}`)
    } catch (error) {
      refused.push(`${wanted.id}: ${error}`)
    }
  }
  expect(refused).toEqual([])
  if (process.env.BATCHQUERY_CORPUS !== 'replace') {
    const before = new Map((await readCorpus()).lines.map(line => [line.id, line]))
    expect(lines.filter(line => before.has(line.id))).toEqual(lines.flatMap(({ id }) => before.get(id) ?? []))
  }
  await writeCorpus({ servers: serverNames(servers), lines })
})
