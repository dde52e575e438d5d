import type { Session } from '../../database/database.ts'
import { databaseDialect } from '../../database/dialects.ts'
import type { ParallelReads } from '../../database/parallel-reads.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { ExportPlan, ParallelPlan } from '../plan.ts'
import { FanOutRead } from './fan-out/fan-out-read.ts'
import type { MachineHost } from './fan-out/machines.ts'
import { type ParallelContext, ParallelRead } from './parallel-read.ts'
import type { ReaderHost } from './reader-host.ts'

/**
 * Prepares to read the rows of an export with several sessions. Nothing begins.
 *
 * @throws UNSUPPORTED_CLAUSE if the database reads with all cores by itself, or the caller opens no further sessions
 */
export async function openParallelRead(
  session: Session,
  plan: ExportPlan,
  parallel: ParallelPlan,
  context: ParallelContext & { readonly readers?: ReaderHost; readonly machines?: MachineHost },
): Promise<ParallelRead | FanOutRead> {
  const reads = await parallelReadsOf(session, parallel)
  if (context.readers === undefined)
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `PARALLEL ${parallel.readers}: this program reads with one session`,
      { hint: 'Leave PARALLEL out, or run the export as a task: `batchquery run FILE`.' },
    )
  const { readers: host, machines } = context
  if (machines !== undefined)
    return new FanOutRead(reads, session, plan, parallel, { ...context, host, machines })
  return new ParallelRead(reads, session, plan, parallel, {
    ...context,
    host,
  })
}

/** The parallel reads of a session's dialect. @throws UNSUPPORTED_CLAUSE if the database reads with all cores by itself */
export async function parallelReadsOf(
  { dialect: name }: Pick<Session, 'dialect'>,
  { readers }: Pick<ParallelPlan, 'readers'>,
): Promise<ParallelReads> {
  const dialect = databaseDialect(name)
  if (dialect.parallelReads !== null) return dialect.parallelReads()
  const product = dialect.kind === 'embedded' ? dialect.product : 'this database'
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PARALLEL ${readers}: ${product} reads a query with all cores by itself`,
    { hint: 'Leave PARALLEL out.' },
  )
}
