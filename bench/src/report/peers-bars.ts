import type { PeersRecord } from '../peers/record.ts'
import type { Bars } from './bars.ts'
import {
  checkOf,
  FIGURES,
  leastOf,
  medianOf,
  programsOf,
  subjectsOf,
  titleOfSource,
} from './peers-figures.ts'

/** The CPU seconds of client and server, for each program with the settings that cost its client least. */
export function peersBars(record: PeersRecord): Bars {
  const tables = record.tables.map(({ name }) => name)
  const subjects = subjectsOf(record)
    .filter(({ target }) => target === 'directory')
    .toSorted((a, b) => tables.indexOf(a.table) - tables.indexOf(b.table))
  return {
    title: `CPU seconds to export a table of ${record.options.megabytes} MB as Parquet`,
    parts: ['client', 'server'],
    columns: record.sources.length,
    groups: subjects.map(subject => ({
      title: `${titleOfSource(record, subject.source)}: ${subject.table}`,
      bars: Array.from(programsOf(record), ([program, settings]) => {
        const least = leastOf(record, subject, settings, FIGURES.clientCpu)
        const candidate = least?.candidate ?? settings[0] ?? -1
        const server = medianOf(record, subject, candidate, FIGURES.serverCpu)
        const outcome = checkOf(record, subject, candidate)?.outcome ?? 'not measured'
        return {
          name: program,
          isOurs: record.candidates[candidate]?.isOurs ?? false,
          values:
            least === null ? [] : [least.value, server ?? 0].map(value => Math.round(value * 100) / 100),
          note: outcome === 'correct' ? '' : outcome,
        }
      }),
    })),
  }
}
