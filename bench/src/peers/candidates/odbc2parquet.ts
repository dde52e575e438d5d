import { join } from 'node:path'
import type { Source } from '../sources.ts'
import type { Candidate } from './candidate.ts'

/** odbc2parquet with Debian's ODBC drivers. @param folder of the setup, with both */
export const odbc2parquetCandidates = (folder: string): readonly Candidate[] => [
  odbc2parquet(folder, 'defaults (Zstandard)', []),
  odbc2parquet(folder, 'Snappy, values of at most 1,000 bytes', [
    '--column-compression-default=snappy',
    '--column-length-limit=1000',
  ]),
]

function odbc2parquet(folder: string, settings: string, options: readonly string[]): Candidate {
  const libraries = join(folder, 'odbc/usr/lib/x86_64-linux-gnu')
  return {
    program: 'odbc2parquet 11.0.1',
    settings,
    isOurs: false,
    isText: false,
    targets: ['directory'],
    command: async ({ source, table, folder: output }) => ({
      argv: [
        ...[join(folder, 'bin/odbc2parquet'), 'query', ...options],
        ...[join(output, 'result.parquet'), `SELECT * FROM ${table}`],
      ],
      environment: {
        LD_LIBRARY_PATH: libraries,
        ODBC_CONNECTION_STRING: connectionString(source, libraries),
      },
    }),
  }
}

function connectionString({ dialect, server }: Source, libraries: string): string {
  const driver = dialect === 'mysql' ? 'libmaodbc.so' : 'psqlodbcw.so'
  const settings = {
    Driver: join(libraries, 'odbc', driver),
    Server: '127.0.0.1',
    Port: server.port,
    UID: server.user,
    PWD: server.password,
    Database: server.database,
    ...(dialect === 'postgres' && { SSLmode: 'require' }),
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value};`)
    .join('')
}
