import type { Prices } from '../prices.ts'
import type { BenchRecord } from '../record.ts'
import { betterElsewhere } from './better-elsewhere.ts'
import { exportTables } from './export-tables.ts'
import { Figures } from './figures.ts'
import { lengthTable, priceTable, publicationTable, startTable } from './other-tables.ts'
import { asMarkdown, asText, shown, type Table } from './table.ts'
import { NOT_MEASURED, targetTable } from './targets.ts'

/**
 * All tables of a run that have rows. The targets come last, because a terminal shows the end. A partial run has only
 * its part.
 */
export function reportAsText(record: BenchRecord, prices: Prices): string {
  const figures = new Figures(record)
  const targets = targetTable(figures)
  const measured = { ...targets, rows: targets.rows.filter(row => !row.slice(3).every(isNotMeasured)) }
  const tables = [...detailTables(figures, prices), betterElsewhere(figures), measured]
  return [...tables.filter(hasRows).map(asText), ...record.notes].join('\n')
}

/** docs/benchmarks.md. */
export function reportAsMarkdown(record: BenchRecord, prices: Prices): string {
  const figures = new Figures(record)
  return [
    '# Benchmarks',
    introduction(record),
    machine(record),
    ...(record.notes.length === 0 ? [] : [record.notes.map(note => `- ${note}`).join('\n')]),
    '## Targets and the others',
    asMarkdown(targetTable(figures)),
    asMarkdown(betterElsewhere(figures)),
    '## Figures',
    ...detailTables(figures, prices).filter(hasRows).map(asMarkdown),
    MEANING,
  ]
    .map(text => text.trim())
    .join('\n\n')
    .concat('\n')
}

const detailTables = (figures: Figures, prices: Prices): readonly Table[] => [
  ...exportTables(figures),
  priceTable(figures, prices),
  lengthTable(figures),
  startTable(figures),
  publicationTable(figures),
]

const isNotMeasured = (cell: string): boolean => cell === NOT_MEASURED

const hasRows = ({ rows }: Table): boolean => rows.length > 0

function introduction({ startedAt, seconds, options }: BenchRecord): string {
  return `Written by \`npm run bench\`, which installs what it needs, starts the servers, fills the tables and measures everything again
(on Debian, as root or with passwordless sudo; \`-- --smoke\` tries it out in a minute, [bench/README.md](../bench/README.md) has
the rest; the last section compares Parquet files of other programs). This run: ${startedAt.slice(0, 10)}, ${shown(seconds / 60, 0)} minutes, medians of up to ${options.rounds} rounds in which all
scenarios take turns. Servers and clients share one machine: where a ratio is near 1, the server is what one waits for.`
}

function machine({ machine: found, versions, options }: BenchRecord): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const about = `${found.cpu}, ${found.cores} cores, ${found.memoryGb} GB of memory, ${found.system}; files on ${found.filesystem}; load average before the start ${shown(found.loadBefore, 1)}.`
  return `${wrapped(`${about} ${list.join(', ')}.`)}

The tables have ${shown(options.megabytes, 0)} MB of TEXT each: \`table1\` has three short columns, \`wide\` has eight, with tabs,
newlines, backslashes, NULLs, multi-byte characters and bytes. MariaDB keeps them in InnoDB, all in its buffer pool. Every client
but \`INTO OUTFILE\` reads over TLS on the loopback interface and verifies the certificate; S3 is radosgw, over https, in memory.`
}

const WIDTH = 128

/** In lines of at most WIDTH characters, if the words are short enough. */
function wrapped(text: string): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join('\n')
}

const MEANING = `## What the figures mean

- **s**: of batchquery and the baselines from the query sent to the last byte staged, timed inside the process; of all others from
  the start of the process to its end. A file is staged when its last byte is written. batchquery then waits for \`fdatasync\`,
  which no other program here does: "the whole runner" has that, the start, the run record and the publication in it.
- **x baseline**: compared with the same rows read over the same connection and thrown away, under the first Node (DuckDB: with its
  own COPY).
- **MB/s, CPU s/GB**: by the size of the result as the server's own TEXT, in any format: mydumper writes SQL, DuckDB's
  COPY escapes nothing, the clients of npm and \`mariadb\` have escapes of their own.
- **CPU**: user and system time of all processes of the client, Node's start included. **peak MB**: of the largest of them.
  **GC**: the share of the time in which the garbage collector was at work.
- **rounds**: what a target is a ratio of is measured in all of them, other programs and the second Node in three, what takes long
  or is shown by itself. **spread**: the difference between the slowest and the quickest round, by the median.

Every sample of a run is in \`.cache/bench/\`; \`npm run bench -- --report FILE\` writes this page from it.`
