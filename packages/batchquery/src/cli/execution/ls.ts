import prettyBytes from 'pretty-bytes'
import { openHome } from '../../client/home.ts'
import { inParallel, visible } from '../../platform/index.ts'
import type { ListedRun, RunRecord, RunStore } from '../../run/index.ts'
import type { Execute } from '../command.ts'
import { secondsTaken } from '../run-text.ts'
import { alignedTable } from '../table.ts'

const HEADING = ['RUN', 'STATE', 'CREATED', 'SECONDS', 'ROWS', 'SIZE', 'TASK']
const AT_ONCE = 8
const NUMBERS = new Set(['SECONDS', 'ROWS', 'SIZE'])

export const ls: Execute = async ({ options }, context) => {
  const { limit = 0, since } = options
  const { runs } = await openHome(options, context)
  const listed: ListedRun[] = []
  for await (const run of runs.list({ limit, ...(since && { since }) })) listed.push(run)
  for (const { id, error } of listed) if (error !== null) context.log.warn(`run ${id}: ${error.message}`)
  const records = listed.flatMap(({ record }) => record ?? [])
  const dead = await findDead(records, runs)
  return {
    document: { runs: records.map(record => ({ ...record, dead: dead.has(record.id) })) },
    text: tableOf(records, dead),
    exitCode: 0,
  }
}

/** The ids of those that are dead. */
async function findDead(records: readonly RunRecord[], runs: RunStore): Promise<ReadonlySet<string>> {
  const dead = new Set<string>()
  const running = records.filter(({ state }) => state === 'RUNNING')
  await inParallel(running, AT_ONCE, async record => {
    if (await runs.isDead(record)) dead.add(record.id)
  })
  return dead
}

function tableOf(records: readonly RunRecord[], dead: ReadonlySet<string>): string {
  if (records.length === 0) return ''
  const rows = records.map(record => rowOf(record, dead.has(record.id)))
  return alignedTable([HEADING, ...rows], NUMBERS)
}

function rowOf(run: RunRecord, dead: boolean): string[] {
  return [
    run.id,
    dead ? `${run.state}, dead` : run.state,
    run.createdAt.replace(/\.\d+Z$/, 'Z'),
    secondsTaken(run)?.toFixed(1) ?? '',
    String(run.progress.rows),
    prettyBytes(run.progress.bytes),
    visible(`s3://${run.task.bucket}/${run.task.key}`),
  ]
}
