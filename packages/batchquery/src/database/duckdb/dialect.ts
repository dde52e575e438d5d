import type { EmbeddedDialect } from '../dialect.ts'

const load = () => import('./duckdb-database.ts')

export const DUCKDB: EmbeddedDialect = {
  kind: 'embedded',
  schemes: ['duckdb'],
  example: 'duckdb:path',
  product: 'DuckDB',
  inMemory: ':memory:',
  // `duckdb:path`, and `duckdb://path` too.
  nameIn: text => text.replace(/^\/\/(?=\/|[^/])/, ''),
  cancelEnds: 'statement',
  native: null,
  load,
  tables: async () => (await import('./tables.ts')).DUCKDB_TABLES,
  parallelReads: null,
  estimate: async (session, query) => (await import('./estimate.ts')).estimateQuery(session, query),
  open: async name => new (await load()).DuckdbDatabase(name),
}
