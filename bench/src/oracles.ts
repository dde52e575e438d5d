import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { BenchError } from './bench-error.ts'
import { connectMariadb, connectPostgres } from './connections.ts'
import { countLines, sha256OfFile, sizeOfFile } from './files.ts'
import { programPath } from './process/programs.ts'
import type { Subject, SubjectPlan } from './subject.ts'

/** Exports a subject with its database's own tool. Other results are compared with its size and its bytes. */
export async function consultOracle(bench: Bench, plan: SubjectPlan): Promise<Subject> {
  switch (plan.dialect) {
    case 'mysql':
      return outfile(bench, plan)
    case 'postgres':
      return serverCopy(bench, plan)
    case 'duckdb':
      return duckdbCopy(bench, plan)
  }
}

async function outfile(bench: Bench, plan: SubjectPlan): Promise<Subject> {
  const { mariadb } = bench.servers
  const path = join(mariadb.outfileDir, 'oracle')
  const connection = await connectMariadb(mariadb)
  try {
    await connection.query(`${plan.query} INTO OUTFILE '${path}'`)
    return await asSubject(bench, plan, path, true)
  } finally {
    await connection.end()
    await rm(path, { force: true })
  }
}

async function serverCopy(bench: Bench, plan: SubjectPlan): Promise<Subject> {
  const { postgres } = bench.servers
  const path = join(postgres.copyDir, 'oracle')
  const client = await connectPostgres(postgres)
  try {
    await client.query(`COPY (${plan.query}) TO '${path}'`)
    return await asSubject(bench, plan, path, true)
  } finally {
    await client.end()
    await rm(path, { force: true })
  }
}

/** DuckDB's own export. If no value needs an escape, it is TEXT. */
export const duckdbCopyStatement = (query: string, path: string): string =>
  `COPY (${query}) TO '${path}' (FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '', NULLSTR '\\N')`

async function duckdbCopy(bench: Bench, plan: SubjectPlan): Promise<Subject> {
  return bench.withPath(async path => {
    const statement = duckdbCopyStatement(plan.query, path)
    const argv = [process.execPath, programPath('duckdb-statements'), bench.duckdbFile, statement]
    await bench.measure({ argv })
    return asSubject(bench, plan, path, plan.table === 'table1')
  })
}

async function asSubject(bench: Bench, plan: SubjectPlan, path: string, isOracle: boolean): Promise<Subject> {
  // Lines may contain escaped line feeds. Only in the narrow table is a line always a row.
  if (bench.smoke && plan.table === 'table1' && (await countLines(path)) !== plan.rows)
    throw new BenchError(`${plan.id}: the database's own export does not have ${plan.rows} rows`)
  const textSha256 = bench.smoke && isOracle ? await sha256OfFile(path) : null
  return { ...plan, textBytes: await sizeOfFile(path), textSha256, isOracle }
}
