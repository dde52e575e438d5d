import prettyBytes from 'pretty-bytes'
import { visible } from '../../platform/index.ts'
import type { ListedRun, RunRecord } from '../../run/index.ts'
import type { Execute } from '../command.ts'
import { openHome } from '../home.ts'
import { secondsTaken } from '../run-text.ts'
import { alignedTable } from '../table.ts'

const HEADING = ['RUN', 'STATE', 'CREATED', 'SECONDS', 'ROWS', 'SIZE', 'TASK']
const NUMBERS = new Set(['SECONDS', 'ROWS', 'SIZE'])

export const ls: Execute = async ({ options }, context) => {
  const { limit = 0, since } = options
  const { runs } = await openHome(options, context)
  const listed: ListedRun[] = []
  for await (const run of runs.list({ limit, ...(since && { since }) })) listed.push(run)
  for (const { id, error } of listed) if (error !== null) context.log.warn(`run ${id}: ${error.message}`)
  const records = listed.flatMap(({ record }) => record ?? [])
  return { document: { runs: records }, text: tableOf(records), exitCode: 0 }
}

function tableOf(records: readonly RunRecord[]): string {
  if (records.length === 0) return ''
  return alignedTable([HEADING, ...records.map(rowOf)], NUMBERS)
}

function rowOf(run: RunRecord): string[] {
  return [
    run.id,
    run.state,
    run.createdAt.replace(/\.\d+Z$/, 'Z'),
    secondsTaken(run)?.toFixed(1) ?? '',
    String(run.progress.rows),
    prettyBytes(run.progress.bytes),
    visible(`s3://${run.task.bucket}/${run.task.key}`),
  ]
}
