import { join } from 'node:path'
import { type Case, type CaseDatabase, keyOf } from './case.ts'
import { CASES } from './cases/index.ts'
import type { MatrixRecord } from './record.ts'
import { TOOL_NAMES, type ToolName } from './tools/tool.ts'

export const PAGE = join(import.meta.dirname, '../../../../docs/types.md')

const BEGIN = '<!-- npm run matrix writes from here -->'
const END = '<!-- to here -->'
const LONGEST_CELL = 56
const NOT_RUN = 'not run'

const TITLES: Readonly<Record<ToolName, string>> = {
  batchquery: 'batchquery',
  duckdb: 'DuckDB',
  odbc2parquet: 'odbc2parquet',
  connectorx: 'ConnectorX',
  rivet: 'rivet',
}
const DATABASES: Readonly<Record<CaseDatabase, string>> = {
  mysql: 'MySQL',
  postgres: 'PostgreSQL',
  duckdb: 'DuckDB',
}

/** The page with the table of the record between its two marks. */
export function withMatrix(page: string, record: MatrixRecord): string {
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/types.md has no ${BEGIN} and ${END}`)
  return `${before}${BEGIN}\n\n${matrix(record)}\n${END}${after}`
}

/** The tables of the databases, and how often each tool was exact. */
function matrix(record: MatrixRecord): string {
  const tables = Object.keys(DATABASES).map(name =>
    databaseTable(
      name,
      CASES.filter(({ database }) => database === name),
      record,
    ),
  )
  return [versions(record), countTable(record), ...tables].join('\n')
}

const versions = ({ servers, versions: tools }: MatrixRecord): string => {
  const named = TOOL_NAMES.filter(name => name !== 'batchquery').map(
    name => `${TITLES[name]} ${tools[name] ?? '(not run)'}`,
  )
  const databases = Object.entries(servers).map(([name, version]) => `${titleOf(name)} ${version}`)
  return `Tools: ${named.join(', ')}. Databases: ${databases.join(', ')}.\n`
}

const titleOf = (database: string): string =>
  Object.entries(DATABASES).find(([name]) => name === database)?.[1] ?? database

function countTable({ outcomes }: MatrixRecord): string {
  const keys = CASES.filter(({ database }) => database !== 'duckdb').map(keyOf)
  const results = ['exact', 'lossy', 'refused', 'crash'] as const
  const rows = results.map(result => {
    const counts = TOOL_NAMES.map(
      name => keys.filter(key => outcomes[key]?.[name]?.startsWith(result)).length,
    )
    return rowOf([result, ...counts])
  })
  const head = [`of ${keys.length} on MySQL and PostgreSQL`, ...TOOL_NAMES.map(name => TITLES[name])]
  return `${heading(head)}\n${rows.join('\n')}\n`
}

const rowOf = (cells: readonly (string | number)[]): string =>
  `| ${cells.join(' | ')} |`.replaceAll('  ', ' ')

const heading = (names: readonly string[]): string => `${rowOf(names)}\n|${names.map(() => '---').join('|')}|`

function databaseTable(name: string, cases: readonly Case[], { outcomes }: MatrixRecord): string {
  const tools = TOOL_NAMES.filter(tool => cases.some(one => outcomes[keyOf(one)]?.[tool] !== undefined))
  const shownTools = name === 'duckdb' ? tools : TOOL_NAMES
  const rows = cases.map(one => {
    const cells = shownTools.map(tool => cellOf(outcomes[keyOf(one)]?.[tool] ?? NOT_RUN))
    return rowOf([code(one.title ?? one.type), escaped(one.shown), ...cells, one.remark ?? ''])
  })
  const head = [titleOf(name), 'values', ...shownTools.map(tool => TITLES[tool]), 'remark']
  return `${heading(head)}\n${rows.join('\n')}\n`
}

const code = (type: string): string => `\`${type}\``

/** Markdown takes these as its own. */
const escaped = (text: string): string => text.replaceAll(/[|<*`\\]/g, match => `\\${match}`)

function cellOf(outcome: string): string {
  const [result = '', ...words] = outcome.split(' ')
  if (result === 'exact' || outcome === NOT_RUN) return escaped(outcome)
  // The code of an error of rivet.
  const text = words.filter(word => !/^\[RIVET_\w+\]$/.test(word)).join(' ')
  return `**${result}** ${escaped(cut(text))}`
}

/** After a whole word, unless that would leave little. */
function cut(text: string): string {
  if (text.length <= LONGEST_CELL) return text
  const start = text.slice(0, LONGEST_CELL)
  const end = start.lastIndexOf(' ')
  return `${start.slice(0, end > LONGEST_CELL / 2 ? end : LONGEST_CELL)}…`
}
