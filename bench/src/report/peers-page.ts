import type { PeersRecord } from '../peers/record.ts'
import { betterPeers, peersTables, summaryTable } from './peers-tables.ts'
import { asMarkdown, shown } from './table.ts'

/** docs/benchmarks-parquet.md: every table. */
export const peersPage = (record: PeersRecord): string => `# Parquet: every figure

Written by \`npm run bench -- --peers\`. [benchmarks.md](benchmarks.md#parquet-batchquery-and-others) has the summary and the picture.

${machineOf(record)}

Each program exports a whole table to a directory or to S3 (radosgw, over http). PostgreSQL uses TLS; MariaDB and MySQL do not, because some programs
cannot use it there. The figures are for the whole process, including its start. Only batchquery syncs its file (\`fdatasync\`).
Before the rounds, each program makes one export that does not count. Meanwhile another session writes a hundred small transactions per second, a watcher
measures the load on the database, and then the result is checked.

- **s**, **client CPU**, **server CPU**: medians of the rounds. CPU is user and system time; the client's includes all its processes.
- **peak MB**: the memory of the client's largest process. **file MB**: the bytes of the result.
- **read s**: the CPU time that DuckDB, with one thread, needs to read and hash all values of the result.
- **longest ms**: the longest statement of the export. **sessions**: the most sessions that it had open at once.
- **kept**: the most old versions that the database kept for it: the length of InnoDB's history list, or the age of PostgreSQL's oldest snapshot (\`xmin\`) in
  transactions.
- **result**: correct if the number of rows and a checksum of each column match the table. A value may have another type if a cast restores it.
- A program that takes over 20 seconds is measured in one round only.

The tables:

${record.tables.map(({ name, about, rows }) => `- \`${name}\`, ${shown(rows, 0)} rows: ${about}`).join('\n')}

${peersTables(record).map(asMarkdown).join('\n')}`

/** The section of docs/benchmarks.md, with its heading. */
export const peersSection = (record: PeersRecord): string => `${SECTION_HEADING}

How much CPU time does a Parquet file take, and is it right? \`npm run bench -- --peers\` exports whole tables of about ${shown(record.options.megabytes, 0)} MB (as TEXT)
with batchquery and with other programs that write Parquet, each with its default settings and with its best ones.
[benchmarks-parquet.md](benchmarks-parquet.md) has every figure: time, memory, size, the load on the database, and whether the values are right.

${machineOf(record)}

![CPU seconds of client and server for each program](pictures/peers.svg)

${asMarkdown(summaryTable(record))}
${asMarkdown(betterPeers(record))}${leftOut(record)}`

export const SECTION_HEADING = '## Parquet: batchquery and others'

function machineOf({
  startedAt,
  seconds,
  machine,
  nodes,
  options,
  candidates,
  sources,
}: PeersRecord): string {
  const programs = [...new Set(candidates.filter(({ isOurs }) => !isOurs).map(({ program }) => program))]
  return `This run: ${startedAt.slice(0, 10)}, ${shown(seconds / 60, 0)} minutes, ${options.rounds === 1 ? 'one round' : `medians of ${options.rounds} rounds`} in which all programs take turns. ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB of memory,
${machine.system}; load average before the start ${shown(machine.loadBefore, 1)}. Node ${nodes.join(' and ')}; ${[...sources.map(({ title }) => title), ...programs].join(', ')}.`
}

const leftOut = ({ leftOut: programs }: PeersRecord): string =>
  programs.length === 0
    ? ''
    : `\nLeft out:\n\n${programs.map(({ name, reason }) => `- ${name}: ${reason}`).join('\n')}\n`
