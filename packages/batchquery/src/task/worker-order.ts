import { BatchQueryError } from '../errors/index.ts'
import { parseExportName } from '../run/index.ts'

/** The worker that this process is. */
export interface WorkerOrder {
  /** From 1. */
  readonly worker: number
  readonly of: { readonly attempt: number; readonly number: number }
  /** The SHA-256 of the work. */
  readonly sha256: string
}

/**
 * Reads BATCHQUERY_WORKER (`3`) and BATCHQUERY_WORK (`0001-0002/<SHA-256>`), which a state machine sets for a worker. Null for a runner.
 *
 * @throws CONFIG
 */
export function readWorkerOrder(environment: NodeJS.ProcessEnv): WorkerOrder | null {
  const { BATCHQUERY_WORKER: worker, BATCHQUERY_WORK: work = '' } = environment
  if (!worker) return null
  const [, name = '', sha256] = /^([\d-]+)\/([0-9a-f]{64})$/.exec(work) ?? []
  const of = parseExportName(name)
  if (/^[1-9]\d{0,3}$/.test(worker) && of !== null && sha256 !== undefined)
    return { worker: Number(worker), of, sha256 }
  throw new BatchQueryError(
    'CONFIG',
    'BATCHQUERY_WORKER and BATCHQUERY_WORK are not what a state machine sets',
    {
      hint: 'Unset them, and start the run with --tasks.',
    },
  )
}
