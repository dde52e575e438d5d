import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { RowDataPacket } from 'mysql2'
import { type Case, type CaseDatabase, keyOf } from './case.ts'
import { CASES } from './cases/index.ts'
import { measure } from './measure.ts'
import { showOutcome } from './outcome.ts'
import { Reader } from './reader.ts'
import type { MatrixRecord } from './record.ts'
import { type Servers, startServers } from './servers.ts'
import { createTables, type ExpectedRows } from './sessions.ts'
import { batchquery } from './tools/batchquery.ts'
import { connectorx, duckdb, odbc2parquet, rivet } from './tools/peers.ts'
import { TOOL_NAMES, type Tool, type ToolName } from './tools/tool.ts'

export interface MatrixOptions {
  readonly tools: readonly ToolName[]
  /** The folder of the Python packages of the readers. */
  readonly packages: string
  readonly cases?: readonly Case[]
  /** Called with each outcome. */
  readonly found?: (key: string, tool: ToolName, outcome: string) => void
}

/** Exports the tables of all cases by the tools that are installed, on servers of its own. */
export async function runMatrix({
  tools: names,
  packages,
  cases = CASES,
  found = () => {},
}: MatrixOptions): Promise<MatrixRecord> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-matrix-'))
  const reader = new Reader(packages)
  const servers = await startServers()
  try {
    const expected = await createTables(servers, join(folder, 'cases.duckdb'), cases)
    const tools = await openTools(names, servers, folder)
    const outcomes = new Map<string, Partial<Record<ToolName, string>>>(cases.map(one => [keyOf(one), {}]))
    await Promise.all(
      tools.map(async tool => {
        for (const one of cases) {
          if (!tool.databases.includes(one.database)) continue
          const outcome = await measure(tool, one, rowsOf(expected, one), { reader, folder })
          const line = showOutcome(outcome, folder)
          outcomes.set(keyOf(one), { ...outcomes.get(keyOf(one)), [tool.name]: line })
          found(keyOf(one), tool.name, line)
        }
      }),
    )
    if (cases === CASES) checkTools(tools, cases, outcomes)
    const versions = Object.fromEntries(tools.map(({ name, version }) => [name, version]))
    return { servers: await versionsOf(servers), versions, outcomes: Object.fromEntries(outcomes) }
  } finally {
    reader.close()
    await servers.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function rowsOf(expected: ReadonlyMap<Case, ExpectedRows>, one: Case): ExpectedRows {
  const rows = expected.get(one)
  if (rows === undefined) throw new Error(`no rows of ${keyOf(one)}`)
  return rows
}

/** If a tool is exact for no type of a database, it probably does not reach the database, and its settings here are wrong. */
function checkTools(
  tools: readonly Tool[],
  cases: readonly Case[],
  outcomes: ReadonlyMap<string, Partial<Readonly<Record<ToolName, string>>>>,
): void {
  for (const { name, databases } of tools)
    for (const database of databases) {
      const lines = cases
        .filter(one => one.database === database)
        .map(one => outcomes.get(keyOf(one))?.[name])
      if (!lines.some(line => line?.startsWith('exact')))
        throw new Error(`${name} wrote nothing of ${database} exactly: ${lines[0]}`)
    }
}

/** The tools that are installed. Each gets the DuckDB database as a file of its own, because only one process may use it. */
async function openTools(
  names: readonly ToolName[],
  servers: Servers,
  folder: string,
): Promise<readonly Tool[]> {
  const copy = async (name: ToolName): Promise<string> => {
    const file = join(folder, `${name}.duckdb`)
    await copyFile(join(folder, 'cases.duckdb'), file)
    return file
  }
  const open: Readonly<Record<ToolName, () => Promise<Tool | null>>> = {
    batchquery: async () => batchquery(servers, await copy('batchquery'), await ownVersion()),
    duckdb: async () => duckdb(servers, await copy('duckdb')),
    odbc2parquet: () => odbc2parquet(servers),
    connectorx: () => connectorx(servers),
    rivet: () => rivet(servers),
  }
  const opened = await Promise.all(TOOL_NAMES.filter(name => names.includes(name)).map(name => open[name]()))
  return opened.filter(tool => tool !== null)
}

async function ownVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')
  const { version }: { version: string } = JSON.parse(text)
  return version
}

async function versionsOf({ mysqlAdmin, postgresAdmin }: Servers): Promise<Record<CaseDatabase, string>> {
  const [mysql] = await mysqlAdmin.query<RowDataPacket[][]>('SELECT VERSION()')
  const { rows } = await postgresAdmin.query<{ server_version: string }>('SHOW server_version')
  const instance = await DuckDBInstance.create(':memory:')
  const duckdb = await (await instance.connect()).runAndReadAll('SELECT version()')
  const short = (value: unknown): string => /[\d.]+/.exec(String(value))?.[0] ?? ''
  return {
    mysql: short(mysql[0]?.[0]),
    postgres: short(rows[0]?.server_version),
    duckdb: short(duckdb.getRows()[0]?.[0]),
  }
}
