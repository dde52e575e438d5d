import { BatchQueryError } from '../../errors/index.ts'

/** Loads DuckDB. Because it is a binary of some 70 MB, call this only in programs that use it. @throws CONFIG */
export async function loadDuckdb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new BatchQueryError('CONFIG', `cannot load DuckDB on ${process.platform}-${process.arch}: ${why}`, {
      cause,
      hint: 'In the container image, name a database with -d, because the image has no DuckDB. Elsewhere run "npm install @duckdb/node-api", without omitting optional dependencies.',
    })
  }
}
