import type { RecordedScenario } from '../record.ts'
import { quotient, spread } from '../statistics.ts'
import type { Figures } from './figures.ts'
import { shown, type Table } from './table.ts'

const HEAD = [
  '',
  'Node',
  'rounds',
  's',
  'spread %',
  'M rows/s',
  'MB/s',
  'CPU s/GB',
  'peak MB',
  'GC %',
  'x baseline',
]

interface Family {
  readonly family: RecordedScenario['family']
  readonly name: string
  readonly baseline: string | null
}

const WHOLE_MACHINE: readonly Family[] = [
  { family: 'mysql', name: 'MariaDB', baseline: 'mysql/discard' },
  { family: 'postgres', name: 'PostgreSQL', baseline: 'postgres/discard' },
  { family: 'duckdb', name: 'DuckDB', baseline: 'duckdb/copy' },
]

const QUARTER_OF_A_CORE: readonly Family[] = [
  { family: 'quarter', name: 'MariaDB, the client with a quarter of a core and 512 MB', baseline: null },
]

/** A table for each database and subject, fastest first. */
export const exportTables = (figures: Figures): readonly Table[] => tablesOf(figures, WHOLE_MACHINE)

/** The same for the client with a quarter of a core. */
export const quarterTables = (figures: Figures): readonly Table[] => tablesOf(figures, QUARTER_OF_A_CORE)

function tablesOf(figures: Figures, tables: readonly Family[]): readonly Table[] {
  return tables.flatMap(({ family, name, baseline }) =>
    figures.record.subjects.flatMap(subject => {
      const scenarios = figures.scenariosOf(family, subject.id)
      if (scenarios.length === 0) return []
      const size = `${shown(subject.textBytes / 1e6, 0)} MB as TEXT`
      const rows = fastestFirst(figures, scenarios, subject.id).map(scenario =>
        row(figures, scenario, subject.id, baseline),
      )
      return [{ title: `${name}: ${subject.title}, ${size}`, head: HEAD, rows }]
    }),
  )
}

function fastestFirst(
  figures: Figures,
  scenarios: readonly RecordedScenario[],
  subject: string,
): readonly RecordedScenario[] {
  const seconds = ({ id, node }: RecordedScenario) => figures.seconds(id, node, subject) ?? 0
  return scenarios.toSorted((a, b) => seconds(a) - seconds(b))
}

function row(
  figures: Figures,
  { id, title, node }: RecordedScenario,
  subject: string,
  baseline: string | null,
): readonly string[] {
  const samples = figures.samples(id, node, subject)
  const seconds = figures.seconds(id, node, subject)
  const gc = figures.median(id, node, subject, sample => quotient(sample.gcSeconds, sample.seconds))
  const rows = figures.subject(subject)?.rows ?? null
  return [
    title,
    node === null ? '' : majorOf(node),
    `${samples.length}`,
    shown(seconds, 2),
    spreadOf(samples.map(sample => sample.seconds)),
    shown(quotient(rows === null ? null : rows / 1e6, seconds), 2),
    shown(figures.megabytesPerSecond(id, node, subject), 0),
    shown(figures.cpuPerGb(id, node, subject), 2),
    shown(
      figures.median(id, node, subject, sample => sample.peakMegabytes),
      0,
    ),
    shown(gc === null ? null : gc * 100, 1),
    baseline === null ? '' : shown(quotient(seconds, baselineSeconds(figures, baseline, subject)), 2),
  ]
}

/** One round has no spread. */
function spreadOf(seconds: readonly number[]): string {
  const share = seconds.length < 2 ? null : spread(seconds)
  return shown(share === null ? null : share * 100, 0)
}

const baselineSeconds = (figures: Figures, baseline: string, subject: string): number | null =>
  figures.seconds(baseline, null, subject)

export const majorOf = (version: string): string => version.split('.')[0] ?? version
