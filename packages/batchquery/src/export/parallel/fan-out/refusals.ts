import type { ParallelReads, ReadsRequest } from '../../../database/parallel-reads.ts'
import { BatchQueryError } from '../../../errors/index.ts'
import type { MachineHost } from './machines.ts'

/**
 * A server whose sessions must begin together, under a lock, cannot show one moment to a machine that starts later. A source that does not
 * change could: its position would be equal first and last.
 *
 * @throws UNSUPPORTED_CLAUSE
 */
export function refuseMoment(
  { joinsMoment }: ParallelReads,
  { consistency }: ReadsRequest,
  { machines }: MachineHost,
): void {
  if (consistency === 'NONE' || joinsMoment) return
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `--tasks ${machines}: on this server, sessions of several machines cannot share a moment, because all of them would have to begin while the tables are locked`,
    {
      hint: 'Write CONSISTENCY NONE after PARALLEL, and read a source that does not change: a clone, or a replica whose replication is stopped. Or leave --tasks out.',
    },
  )
}

/** The error for a query that must not be in the store. */
export const hasSecret = ({ machines }: MachineHost): BatchQueryError =>
  new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `--tasks ${machines}: the query has a secret, and the machines read the query from the store`,
    { hint: 'Leave --tasks out, or keep the secret out of the statement that exports.' },
  )
