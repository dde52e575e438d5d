import prettyBytes from 'pretty-bytes'
import { openHome } from '../../client/home.ts'
import { listedRuns, type ShownRun } from '../../client/listed-runs.ts'
import { visible } from '../../platform/index.ts'
import type { Execute } from '../command.ts'
import { secondsTaken } from '../run-text.ts'
import { alignedTable } from '../table.ts'

const HEADING = ['RUN', 'STATE', 'CREATED', 'SECONDS', 'ROWS', 'SIZE', 'TASK']
const NUMBERS = new Set(['SECONDS', 'ROWS', 'SIZE'])

export const ls: Execute = async ({ options }, context) => {
  const { limit = 0, since, failed } = options
  const home = await openHome(options, context)
  const state = failed ? 'FAILED' : options.state
  const filter = state === undefined ? {} : { state }
  const runs = await listedRuns(home.runs, { limit, filter, ...(since && { since }) }, context.log)
  return { document: { runs }, text: tableOf(runs), exitCode: 0 }
}

function tableOf(runs: readonly ShownRun[]): string {
  if (runs.length === 0) return ''
  return alignedTable([HEADING, ...runs.map(rowOf)], NUMBERS)
}

function rowOf(run: ShownRun): string[] {
  return [
    run.id,
    run.dead ? `${run.state}, dead` : run.state,
    run.createdAt.replace(/\.\d+Z$/, 'Z'),
    secondsTaken(run)?.toFixed(1) ?? '',
    String(run.progress.rows),
    prettyBytes(run.progress.bytes),
    visible(`s3://${run.task.bucket}/${run.task.key}`),
  ]
}
