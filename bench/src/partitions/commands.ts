import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { s3Environment } from '../connections.ts'
import { BUCKET } from '../objects.ts'
import { duckdbCommand } from '../peers/candidates/python.ts'
import type { Workplace } from '../peers/measure-peers.ts'
import { ourUrl, type Source } from '../peers/sources.ts'
import type { ClientCommand } from '../process/client-command.ts'
import { RUNNER } from '../scenarios/runner-task.ts'
import type { PartitionsExport } from './record.ts'
import { COLUMN_OF, SALES } from './sales-table.ts'

const DIVISIONS = ['none', 'ordered', 'random'] as const
const TASK = 'script/task.sql'

/** All exports of a round: to a directory by both programs, and to S3 by batchquery. */
export const EXPORTS: readonly PartitionsExport[] = (['CSV', 'PARQUET'] as const).flatMap(format =>
  DIVISIONS.flatMap(division => [
    { program: 'batchquery', format, target: 'directory', division },
    { program: 'DuckDB', format, target: 'directory', division },
    { program: 'batchquery', format, target: 's3', division },
  ]),
)

/** As `--only` matches it. */
export const nameOf = ({ program, format, target, division }: PartitionsExport): string =>
  `${program}/${format}/${target}/${division}`

export interface Programs {
  /** The Node of batchquery. */
  readonly node: string
  /** The folder of the Python packages with DuckDB and its extensions. */
  readonly packages: string
}

/** The whole process of an export, with its start and the publication. @param folder empty, for all that the program writes to disk */
export function commandOf(
  place: Workplace,
  source: Source,
  { node, packages }: Programs,
  exported: PartitionsExport,
  folder: string,
): Promise<ClientCommand> {
  if (exported.program === 'batchquery') return runnerCommand(place, source, node, exported, folder)
  const { format, division } = exported
  const by = division === 'none' ? '' : `, PARTITION_BY (${COLUMN_OF[division]})`
  const options = `FORMAT ${format.toLowerCase()}${by}`
  return duckdbCommand(packages, { options }, { source, table: SALES, folder, s3: null })
}

async function runnerCommand(
  { s3, objects }: Workplace,
  source: Source,
  node: string,
  { format, target, division }: PartitionsExport,
  folder: string,
): Promise<ClientCommand> {
  const by = division === 'none' ? '' : ` PARTITION BY (${COLUMN_OF[division]})`
  const task = `SELECT * FROM ${SALES} INTO OUTFILE S3 's3://${BUCKET}/output/result' FORMAT ${format}${by}`
  const path = join(folder, BUCKET, TASK)
  if (target === 's3') await objects.put(TASK, task)
  else {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, task)
  }
  return {
    argv: [node, RUNNER, BUCKET, TASK],
    environment: {
      ...(target === 's3' && s3Environment(s3.server)),
      ...{ BATCHQUERY_STORE: target === 's3' ? 's3' : folder, BATCHQUERY_TALK: 'quiet' },
      ...{ BATCHQUERY_DATABASE: ourUrl(source), MYSQL_PWD: source.server.password },
    },
  }
}
