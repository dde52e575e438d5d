import type { Prices } from '../prices.ts'
import type { BenchRecord } from '../record.ts'
import { betterElsewhere } from './better-elsewhere.ts'
import { exportTables, quarterTables } from './export-tables.ts'
import { Figures } from './figures.ts'
import { lengthTable, priceTable, publicationTable, startTable } from './other-tables.ts'
import { summary } from './summary.ts'
import { asMarkdown, asText, shown, type Table, wrapped } from './table.ts'
import { NOT_MEASURED, targetTable } from './targets.ts'

/**
 * All tables of a run that have rows. The targets come last, because a terminal shows the end. A partial run has only
 * its part.
 */
export function reportAsText(record: BenchRecord, prices: Prices): string {
  const figures = new Figures(record)
  const targets = targetTable(figures)
  const measured = { ...targets, rows: targets.rows.filter(row => !row.slice(3).every(isNotMeasured)) }
  const details = questions(figures, prices).flatMap(({ tables }) => tables)
  const tables = [...details, betterElsewhere(figures), measured]
  return [...tables.filter(hasRows).map(asText), ...record.notes].join('\n')
}

/**
 * docs/benchmarks.md without its section about Parquet, which follows the first part. It begins with what a user wants
 * to know, and ends with the targets of the project.
 */
export function reportAsMarkdown(record: BenchRecord, prices: Prices): string {
  const figures = new Figures(record)
  const sections = questions(figures, prices).filter(({ tables }) => tables.some(hasRows))
  return [
    '# Benchmarks',
    introduction(record),
    summary(figures, prices),
    ...sections.flatMap(({ question, tables }) => [
      `## ${question}`,
      ...tables.filter(hasRows).map(asMarkdown),
    ]),
    meaning(record),
    '## Targets of the project',
    'What the project demands of itself. `A / B` is the time of A divided by the time of B.',
    asMarkdown(targetTable(figures)),
  ]
    .map(text => text.trim())
    .join('\n\n')
    .concat('\n')
}

interface Question {
  readonly question: string
  readonly tables: readonly Table[]
}

/** The tables, by the question that they answer. */
const questions = (figures: Figures, prices: Prices): readonly Question[] => [
  { question: 'How fast is an export?', tables: exportTables(figures) },
  {
    question: 'How fast is a small machine, and what does it cost?',
    tables: [...quarterTables(figures), priceTable(figures, prices)],
  },
  { question: 'Do long results slow down?', tables: [lengthTable(figures)] },
  {
    question: 'How long do start and publication take?',
    tables: [startTable(figures), publicationTable(figures)],
  },
]

const isNotMeasured = (cell: string): boolean => cell === NOT_MEASURED

const hasRows = ({ rows }: Table): boolean => rows.length > 0

const introduction = ({ startedAt, seconds, machine }: BenchRecord): string =>
  wrapped(
    'How fast batchquery exports a table, what that costs, and what other programs do better. One run of `npm run bench` ' +
      `measured all of it (${startedAt.slice(0, 10)}, ${shown(seconds / 60, 0)} minutes), on one machine with ${machine.cores} cores that servers and clients ` +
      'share. If a program takes as long as reading the rows and throwing them away, the server is the limit. ' +
      '[What the figures mean](#what-the-figures-mean) describes the machine, the tables, and how to measure on yours.',
  )

/** How to read the figures, and how to measure them. */
function meaning({ machine, versions, notes, options }: BenchRecord): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `## What the figures mean

\`npm run bench\` installs what it needs, starts the servers, fills the tables, measures, and writes this page. It works on Debian,
as root or with passwordless sudo. \`npm run bench -- --smoke\` tries it in a minute ([bench/README.md](../bench/README.md)).

${wrapped(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.system}; files on ${machine.filesystem}; load average before the start ${shown(machine.loadBefore, 1)}. ${list.join(', ')}.`)}

The tables have ${shown(options.megabytes, 0)} MB of TEXT each: \`table1\` (narrow) has three short columns, \`wide\` has eight, with tabs, newlines,
backslashes, NULLs, multi-byte characters and bytes. MariaDB keeps them in InnoDB, all in its buffer pool. Every client but
\`INTO OUTFILE\` reads over TLS on the loopback interface and verifies the certificate. S3 is radosgw, over https, in memory.
${notes.length === 0 ? '' : `\n${notes.map(note => `- ${note}`).join('\n')}\n`}
- **s**: the median of all rounds. For batchquery and the baselines it is the time from the query to the last byte staged,
  measured inside the process; for all other programs from the start of the process to its end. A file is staged when its last
  byte is written. batchquery then waits for \`fdatasync\`, which no other program here does. "The whole runner" includes that,
  the start, the run record and the publication.
- **x baseline**: the time compared with reading the same rows over the same connection and throwing them away, under the first
  Node. For DuckDB, the baseline is its own COPY.
- **MB/s, CPU s/GB**: for the size of the result as the server's own TEXT, whatever the program writes. mydumper writes SQL,
  DuckDB's COPY escapes nothing, and \`mariadb\` and the clients from npm escape in their own ways.
- **CPU**: user and system time of all processes of the client, with Node's start. **peak MB**: the memory of the largest
  process. **GC**: the share of the time that the garbage collector takes.
- **rounds**: in each round, all scenarios take turns. Those that a target compares run in all ${options.rounds} rounds, other programs and the
  second Node in up to three, and slow or separate ones in one. **spread**: (slowest round - fastest round) / median.

\`.cache/bench/\` has every sample of a run. \`npm run bench -- --report FILE\` writes this page from such a file.`
}
