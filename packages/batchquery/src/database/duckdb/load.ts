import { BatchQueryError } from '../../errors/index.ts'

/** Loads DuckDB. Because it is a binary of some 70 MB, call this only in programs that use it. @throws CONFIG */
export async function loadDuckdb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new BatchQueryError(
      'CONFIG',
      `DuckDB cannot be loaded on ${process.platform}-${process.arch}: ${why}`,
      {
        cause,
        hint: 'The container image does not contain it: name a database with -d. Elsewhere install it with "npm install @duckdb/node-api", without leaving out optional dependencies.',
      },
    )
  }
}
