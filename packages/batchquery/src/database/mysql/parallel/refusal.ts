import { BatchQueryError } from '../../../errors/index.ts'

/** The error for a query that several sessions cannot read. */
export const refusal = (reason: string, hint: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', `PARALLEL: ${reason}`, { hint })

export const WHOLE_HINT = 'Remove it, or remove PARALLEL.'
