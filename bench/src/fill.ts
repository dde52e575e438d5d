import type { Bench } from './bench.ts'
import { BenchError } from './bench-error.ts'
import { consultOracle } from './oracles.ts'
import { programPath } from './process/programs.ts'
import type { Sizes } from './sizes.ts'
import { type Dialect, planSubjects, type Subject } from './subject.ts'
import { duckdbTables } from './tables/duckdb-tables.ts'
import { fillMariadb } from './tables/mariadb-tables.ts'
import { fillPostgres } from './tables/postgres-tables.ts'

/** Fills the tables of the needed databases, and exports the subjects with each database's own tools. */
export async function fill(
  bench: Bench,
  sizes: Sizes,
  ids: ReadonlySet<string>,
): Promise<readonly Subject[]> {
  const plans = planSubjects(sizes).filter(({ id }) => ids.has(id))
  const dialects = new Set(plans.map(({ dialect }) => dialect))
  await Promise.all([...dialects].map(dialect => fillDatabase(bench, sizes, dialect)))
  const subjects: Subject[] = []
  for (const plan of plans) subjects.push(await consultOracle(bench, plan))
  expectSameTables(subjects)
  return subjects
}

/** Checks that all databases have the same TEXT of the narrow table. */
function expectSameTables(subjects: readonly Subject[]): void {
  const narrow = subjects.filter(({ id }) => id.endsWith('/narrow'))
  const texts = narrow.map(({ textBytes, textSha256 }) => `${textBytes} ${textSha256}`)
  if (new Set(texts).size > 1)
    throw new BenchError(`the tables differ between the databases: ${texts.join(', ')}`)
}

async function fillDatabase(bench: Bench, sizes: Sizes, dialect: Dialect): Promise<void> {
  switch (dialect) {
    case 'mysql':
      return fillMariadb(bench.servers.mariadb, sizes)
    case 'postgres':
      return fillPostgres(bench.servers.postgres, sizes)
    case 'duckdb': {
      const program = [process.execPath, programPath('duckdb-statements'), bench.duckdbFile]
      await bench.run([...program, ...duckdbTables(sizes)])
    }
  }
}
