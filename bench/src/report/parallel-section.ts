import { nameOf } from '../parallel/commands.ts'
import type { ParallelExport, ParallelRecord } from '../parallel/record.ts'
import { median, quotient } from '../statistics.ts'
import { asMarkdown, shown, type Table, wrapped } from './table.ts'

export const PARALLEL_HEADING = '## PARALLEL: several sessions read one table'

/** The section of docs/benchmarks.md, with its heading. */
export function parallelSection(record: ParallelRecord): string {
  const { startedAt, seconds, machine, node, sources, rows, rounds } = record
  return [
    PARALLEL_HEADING,
    wrapped(
      `When does PARALLEL help? \`npm run bench -- --parallel\` exports a table of ${shown(rows, 0)} rows and 8 columns from ${sources.join(' and ')} to a directory: ` +
        'through a proxy that passes on at most 8 or 25 MB per second to each connection, as a database far away does, and without a limit. ' +
        '**digests** is a query that computes for each row on the server. The figures are for the whole process. ' +
        '**times as fast**: the time of the same program and format with the fewest sessions, divided by its time.',
    ),
    wrapped(
      `This run: ${startedAt.slice(0, 10)}, ${shown(seconds / 60, 0)} minutes, ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`} in which all exports take turns. ` +
        `${machine.cpu}, ${machine.cores} cores, which the database, the proxy and the program share, ${machine.memoryGb} GB of memory, ${machine.system}; files on ` +
        `${machine.filesystem}; load average before the start ${shown(machine.loadBefore, 1)}. Node ${node}.`,
    ),
    ...parallelTables(record).map(asMarkdown),
  ]
    .map(text => text.trim())
    .join('\n\n')
}

/** A table for each database and limit. */
export function parallelTables(record: ParallelRecord): readonly Table[] {
  const exports = [...new Map(record.samples.map(sample => [nameOf(sample), sample])).values()]
  const titles = [...new Set(exports.map(titleOf))]
  return titles.map(title => ({
    title,
    head: ['program', 'what', 'sessions', 'rounds', 's', 'CPU, s', 'peak MB', 'times as fast'],
    rows: exports.filter(exported => titleOf(exported) === title).map(exported => rowOf(record, exported)),
  }))
}

const titleOf = ({ source, limit }: ParallelExport): string =>
  `${source === 'mariadb' ? 'MariaDB' : 'PostgreSQL'}, ${limit === null ? 'no limit' : `${limit} MB/s for each connection`}`

function rowOf(record: ParallelRecord, exported: ParallelExport): readonly string[] {
  const { program, format, query, readers } = exported
  const figures = figuresOf(record, exported)
  const base = baseOf(record, exported)
  return [
    program,
    query === 'table' ? format : `${query}, ${format}`,
    readers === 0 ? (program === 'batchquery' ? '1, no PARALLEL' : 'its own choice') : `${readers}`,
    `${figures.rounds}`,
    shown(figures.seconds, 2),
    shown(figures.cpuSeconds, 2),
    shown(figures.peakMegabytes, 0),
    base === null || base.readers === readers
      ? ''
      : shown(quotient(figuresOf(record, base).seconds, figures.seconds), 2),
  ]
}

/** The same export with the fewest sessions. */
function baseOf({ samples }: ParallelRecord, exported: ParallelExport): ParallelExport | null {
  const others = samples.filter(
    sample => nameOf({ ...sample, readers: 0 }) === nameOf({ ...exported, readers: 0 }),
  )
  return others.toSorted((one, other) => one.readers - other.readers)[0] ?? null
}

function figuresOf({ samples }: ParallelRecord, exported: ParallelExport) {
  const taken = samples.filter(sample => nameOf(sample) === nameOf(exported))
  return {
    rounds: taken.length,
    seconds: median(taken.map(({ seconds }) => seconds)),
    cpuSeconds: median(taken.map(({ cpuSeconds }) => cpuSeconds)),
    peakMegabytes: median(taken.map(({ peakMegabytes }) => peakMegabytes)),
  }
}
