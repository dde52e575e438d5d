import { quotient } from '../statistics.ts'
import { majorOf } from './export-tables.ts'
import type { Figures } from './figures.ts'
import { shown, type Table } from './table.ts'

/** A target of batchquery for one table of the bench. */
export interface Target {
  readonly what: string
  readonly on: string
  readonly limit: string
  /** The figure under one Node. Null if it was not measured. */
  readonly figure: (node: string) => number | null
  readonly isReached: (figure: number) => boolean
  readonly digits: number
  /** A remark about the figure. */
  readonly remark?: (node: string) => string | null
}

const OURS = 'mysql/batchquery-directory'
const TO_S3 = 'mysql/batchquery-s3'

/** The other programs that batchquery must beat, and its own counterpart. */
const PEERS = [
  {
    what: 'MariaDB to a directory',
    ours: OURS,
    peers: ['mysql/mariadb-client', 'mysql/outfile', 'mysql/mysql2-tsv', 'mysql/mariadb-tsv'],
  },
  {
    what: 'MariaDB to a directory, GZIP',
    ours: 'mysql/batchquery-gzip',
    peers: ['mysql/mariadb-client-gzip'],
  },
  {
    what: 'PostgreSQL to a directory',
    ours: 'postgres/batchquery-directory',
    peers: ['postgres/psql-file', 'postgres/pg-copy-streams'],
  },
] as const

export function targets(figures: Figures): readonly Target[] {
  return [
    ...bothTables(table => toDirectory(figures, table)),
    ...bothTables(table => againstMydumper(figures, table)),
    ...PEERS.flatMap(comparison => bothTables(table => againstPeers(figures, comparison, table))),
    ...bothTables(table => toS3(figures, table)),
    ...bothTables(table => cpu(figures, OURS, 'to a directory', 6, table)),
    ...bothTables(table => cpu(figures, TO_S3, 'to S3', 9, table)),
    ...bothTables(table => memory(figures, table)),
    perRow(figures),
    ...bothTables(table => againstPsql(figures, table)),
    start(figures, 'start/runner', 'the runner', 250),
    start(figures, 'start/cli', '`batchquery run`', 450),
    publication(figures),
  ]
}

type TableName = 'narrow' | 'wide'

const bothTables = (target: (table: TableName) => Target): readonly Target[] => [
  target('narrow'),
  target('wide'),
]

const atMost = (limit: number) => (figure: number) => figure <= limit
const atLeast = (limit: number) => (figure: number) => figure >= limit

function toDirectory(figures: Figures, table: TableName): Target {
  const subject = `mysql/${table}`
  const baseline = figures.seconds('mysql/discard', null, subject)
  const withSync = (node: string) =>
    figures.median(OURS, node, subject, sample => sample.seconds + (sample.syncSeconds ?? 0))
  return {
    what: 'MariaDB to a directory / the rows read and thrown away',
    on: table,
    limit: 'at most 1.15',
    figure: node => quotient(figures.seconds(OURS, node, subject), baseline),
    isReached: atMost(1.15),
    digits: 2,
    remark: node => {
      const ratio = quotient(withSync(node), baseline)
      return ratio === null ? null : `${shown(ratio, 2)} with fdatasync`
    },
  }
}

function againstMydumper(figures: Figures, table: TableName): Target {
  const subject = `mysql/${table}`
  const peer = figures.seconds('mysql/mydumper', null, subject)
  return {
    what: 'MariaDB to a directory / mydumper, 1 thread',
    on: table,
    limit: 'at most 1.05',
    figure: node => quotient(figures.seconds(OURS, node, subject), peer),
    isReached: atMost(1.05),
    digits: 2,
  }
}

function againstPeers(
  figures: Figures,
  { what, ours, peers }: (typeof PEERS)[number],
  table: TableName,
): Target {
  const [family = ''] = ours.split('/')
  const subject = `${family}/${table}`
  const times = peers.map(peer => figures.seconds(peer, null, subject))
  const known = times.filter(time => time !== null)
  const fastest = known.length === peers.length ? Math.min(...known) : null
  const name = fastest === null ? undefined : peers[times.indexOf(fastest)]
  return {
    what: `${what} / the fastest other program`,
    on: table,
    limit: 'below 1',
    figure: node => quotient(figures.seconds(ours, node, subject), fastest),
    isReached: figure => figure < 1,
    digits: 2,
    remark: () => figures.record.scenarios.find(({ id }) => id === name)?.title ?? null,
  }
}

function toS3(figures: Figures, table: TableName): Target {
  const subject = `mysql/${table}`
  const limit = table === 'narrow' ? 1.4 : 1.2
  const peer = figures.seconds('mysql/mariadb-client-s3', null, subject)
  return {
    what: 'MariaDB to S3: the C client with an SDK upload / batchquery',
    on: table,
    limit: `at least ${limit}`,
    figure: node => quotient(peer, figures.seconds(TO_S3, node, subject)),
    isReached: atLeast(limit),
    digits: 2,
  }
}

function cpu(figures: Figures, ours: string, where: string, limit: number, table: TableName): Target {
  return {
    what: `CPU of MariaDB ${where}, s per GB`,
    on: table,
    limit: `at most ${limit}`,
    figure: node => figures.cpuPerGb(ours, node, `mysql/${table}`),
    isReached: atMost(limit),
    digits: 2,
  }
}

function memory(figures: Figures, table: TableName): Target {
  return {
    what: 'peak memory of MariaDB to a directory, MB',
    on: table,
    limit: 'at most 160',
    figure: node => figures.median(OURS, node, `mysql/${table}`, sample => sample.peakMegabytes),
    isReached: atMost(160),
    digits: 0,
  }
}

/** The longest result compared with the shortest. */
function perRow(figures: Figures): Target {
  const scenario = 'length/batchquery-directory'
  const perRowIn = (node: string) =>
    figures.record.subjects
      .filter(({ id }) => figures.samples(scenario, node, id).length > 0)
      .toSorted((a, b) => a.rows - b.rows)
      .map(({ id, rows }) => quotient(figures.seconds(scenario, node, id), rows))
  const lengths = figures.record.subjects
    .filter(({ id }) =>
      figures.record.samples.some(sample => sample.scenario === scenario && sample.subject === id),
    )
    .map(({ rows }) => shown(rows, 0))
  return {
    what: 'time per row: the longest result / the shortest',
    on: `${lengths.at(0) ?? '–'} to ${lengths.at(-1) ?? '–'} rows`,
    limit: 'at most 1.1',
    figure: node => {
      const times = perRowIn(node)
      return times.length < 2 ? null : quotient(times.at(-1) ?? null, times[0] ?? null)
    },
    isReached: atMost(1.1),
    digits: 2,
  }
}

function againstPsql(figures: Figures, table: TableName): Target {
  const subject = `postgres/${table}`
  const peer = figures.seconds('postgres/psql-null', null, subject)
  return {
    what: 'PostgreSQL to a directory / psql COPY > /dev/null',
    on: table,
    limit: 'at most 1.1',
    figure: node => quotient(figures.seconds('postgres/batchquery-directory', node, subject), peer),
    isReached: atMost(1.1),
    digits: 2,
  }
}

function start(figures: Figures, scenario: string, name: string, limit: number): Target {
  return {
    what: `start of ${name} to the first statement, ms`,
    on: '',
    limit: `at most ${limit}`,
    figure: node => {
      const seconds = figures.seconds(scenario, node, 'mysql/one-row')
      return seconds === null ? null : seconds * 1000
    },
    isReached: atMost(limit),
    digits: 0,
  }
}

function publication(figures: Figures): Target {
  return {
    what: 'publication of 1,000 parts on S3, if each request takes 30 ms, s',
    on: '',
    limit: 'at most 10',
    figure: node => figures.seconds('publication/1000', node, 'mysql/one-row'),
    isReached: atMost(10),
    digits: 1,
  }
}

/** The verdict if the run lacks the needed measurements. */
export const NOT_MEASURED = 'not measured'

/** Every target, reached or not, under every Node of the run. */
export function targetTable(figures: Figures): Table {
  const { nodes } = figures.record
  return {
    title: 'Targets',
    head: ['', 'table', 'target', ...nodes.map(node => `Node ${majorOf(node)}`)],
    rows: targets(figures).map(target => [
      target.what,
      target.on,
      target.limit,
      ...nodes.map(node => verdict(target, node)),
    ]),
  }
}

function verdict({ figure, isReached, digits, remark }: Target, node: string): string {
  const value = figure(node)
  if (value === null) return NOT_MEASURED
  const said = remark?.(node) ?? null
  const more = said === null ? '' : ` (${said})`
  return `${shown(value, digits)}${more}, ${isReached(value) ? 'reached' : 'not reached'}`
}
