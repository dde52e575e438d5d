import type { PartitionsExport, PartitionsRecord } from '../partitions/record.ts'
import { median, quotient } from '../statistics.ts'
import { asMarkdown, shown, type Table, wrapped } from './table.ts'

export const PARTITIONS_HEADING = '## Partitions: batchquery and DuckDB'

const TITLES = {
  none: 'one result',
  ordered: 'partitions, rows in their order',
  random: 'partitions, rows in random order',
}

/** The section of docs/benchmarks.md, with its heading. */
export function partitionsSection(record: PartitionsRecord): string {
  const { startedAt, seconds, machine, node, source, rows, partitions, rounds } = record
  return [
    PARTITIONS_HEADING,
    wrapped(
      `What does PARTITION BY cost? \`npm run bench -- --partitions\` exports a table of ${shown(rows, 0)} rows and 8 columns from ${source}, ` +
        `without partitions and with ${shown(partitions, 0)} of them, with batchquery and with DuckDB's MySQL extension (\`COPY ... (PARTITION_BY ...)\`). ` +
        "The rows come in the order of one partition column, and in random order for the other one. The figures are for the whole process: batchquery's include the " +
        'run record, `fdatasync` for each file, and the publication. **share of the speed**: the time of the same program without partitions, divided by its time with them.',
    ),
    wrapped(
      `This run: ${startedAt.slice(0, 10)}, ${shown(seconds / 60, 0)} minutes, ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`} in which all exports take turns. ` +
        `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.system}; files on ${machine.filesystem}; load average before the start ` +
        `${shown(machine.loadBefore, 1)}. Node ${node}; no TLS to the database; S3 is radosgw, over https, in memory.`,
    ),
    ...partitionsTables(record).map(asMarkdown),
  ]
    .map(text => text.trim())
    .join('\n\n')
}

/** A table for each format. */
export const partitionsTables = (record: PartitionsRecord): readonly Table[] =>
  (['CSV', 'PARQUET'] as const)
    .map(format => ({
      title: `FORMAT ${format}`,
      head: ['', 'to', '', 'rounds', 's', 'CPU, s', 'peak MB', 'share of the speed', 'share by CPU'],
      rows: exportsOf(record)
        .filter(exported => exported.format === format)
        .map(exported => rowOf(record, exported)),
    }))
    .filter(({ rows }) => rows.length > 0)

function exportsOf({ samples }: PartitionsRecord): readonly PartitionsExport[] {
  const seen = new Map(
    samples.map(({ program, format, target, division }) => [
      [program, target, division, format].join(' '),
      { program, format, target, division },
    ]),
  )
  return [...seen.values()].toSorted(
    (a, b) => a.target.localeCompare(b.target) || a.program.localeCompare(b.program),
  )
}

function rowOf(record: PartitionsRecord, exported: PartitionsExport): readonly string[] {
  const { program, target, division } = exported
  const figures = figuresOf(record, exported)
  const whole = figuresOf(record, { ...exported, division: 'none' })
  const share = (one: number | null, other: number | null) =>
    division === 'none' ? '' : shown(quotient(one, other), 2)
  return [
    program,
    target === 's3' ? 'S3' : 'a directory',
    TITLES[division],
    `${figures.rounds}`,
    shown(figures.seconds, 2),
    shown(figures.cpuSeconds, 2),
    shown(figures.peakMegabytes, 0),
    share(whole.seconds, figures.seconds),
    share(whole.cpuSeconds, figures.cpuSeconds),
  ]
}

function figuresOf({ samples }: PartitionsRecord, exported: PartitionsExport) {
  const { program, format, target, division } = exported
  const taken = samples.filter(
    sample =>
      sample.program === program &&
      sample.format === format &&
      sample.target === target &&
      sample.division === division,
  )
  return {
    rounds: taken.length,
    seconds: median(taken.map(({ seconds }) => seconds)),
    cpuSeconds: median(taken.map(({ cpuSeconds }) => cpuSeconds)),
    peakMegabytes: median(taken.map(({ peakMegabytes }) => peakMegabytes)),
  }
}
