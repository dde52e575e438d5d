import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench.ts'
import { postgresUrl } from '../connections.ts'
import type { ClientCommand } from '../process/client-command.ts'
import type { NodeProgram } from '../process/node-program.ts'
import { programArgv } from '../process/programs.ts'

export type Source = 'mysql' | 'postgres'

/** A program that exports a table to a directory. */
export interface Candidate {
  readonly title: string
  /** @param folder empty, for all that it writes */
  command(bench: Bench, source: Source, table: string, folder: string): ClientCommand
}

/**
 * batchquery's formats and compressions, then the programs of others with the same compressions.
 *
 * @param packages the folder of the Python packages
 */
export function candidates(node: NodeProgram, newer: NodeProgram, packages: string): readonly Candidate[] {
  const python = pythonIn(packages)
  return [
    ours(node, 'TEXT', 'NONE'),
    ours(node, 'PARQUET', 'NONE'),
    ours(node, 'PARQUET', 'SNAPPY'),
    ours(node, 'PARQUET', 'GZIP'),
    ours(newer, 'PARQUET', 'SNAPPY'),
    ours(newer, 'PARQUET', 'ZSTD'),
    python('DuckDB 1.5.5 and its extension', 'duckdb_extension', 'snappy'),
    python('DuckDB 1.5.5 and its extension', 'duckdb_extension', 'zstd'),
    python('ConnectorX 0.4.6 and pyarrow', 'connectorx_export', 'snappy'),
    python('ConnectorX 0.4.6 and pyarrow', 'connectorx_export', 'zstd'),
  ]
}

const ours = (node: NodeProgram, format: string, compression: string): Candidate => ({
  title: `batchquery ${format}${compression === 'NONE' ? '' : ` ${compression}`}, Node ${Number.parseInt(node.version, 10)}`,
  command: (bench, source, table, folder) => ({
    argv: programArgv(node.path, 'export', {
      url: urlOf(bench, source),
      query: `SELECT * FROM ${table}`,
      store: folder,
      format,
      compression,
      publish: 'yes',
    }),
  }),
})

const pythonIn =
  (packages: string) =>
  (name: string, program: string, compression: string): Candidate => ({
    title: `${name}, ${compression.toUpperCase()}`,
    command: (bench, source, table, folder) => {
      const { password, user, port, database } =
        source === 'mysql' ? bench.servers.mariadb : bench.servers.postgres
      const tls = source === 'postgres' ? '?sslmode=require' : ''
      const url = `${source}://${user}:${password}@127.0.0.1:${port}/${database}${tls}`
      const script = fileURLToPath(new URL(`${program}.py`, import.meta.url))
      const argv = ['python3', script, url, table, join(folder, 'result.parquet'), compression, folder]
      return { argv, environment: { PYTHONPATH: packages } }
    },
  })

/** With TLS if the others can have it. The password comes from the environment. */
function urlOf(bench: Bench, source: Source): string {
  if (source === 'postgres') return postgresUrl(bench.servers.postgres)
  const { user, port, database } = bench.servers.mariadb
  return `mysql://${user}@127.0.0.1:${port}/${database}?sslmode=disable`
}

/** The bytes of the result that a candidate has left in its folder. */
export async function resultBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const results = entries.filter(
    entry => entry.isFile() && (entry.name === 'result.parquet' || entry.name.startsWith('result.part_')),
  )
  const sizes = await Promise.all(
    results.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
