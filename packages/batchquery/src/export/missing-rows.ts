import type { ServerWarning } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'

/**
 * A server may cut a result short and report success with a warning. For an export that is a failure.
 *
 * @throws ROWS_MISSING
 */
export function refuseMissingRows(warnings: readonly ServerWarning[]): void {
  const missing = warnings.find(warning => warning.rowsMissing)
  if (missing === undefined) return
  throw new BatchQueryError(
    'ROWS_MISSING',
    `the server truncated the result: ${missing.message} (${missing.code})`,
    {
      hint: 'Remove LIMIT ROWS EXAMINED. If the query does not reach that limit, write SET max_error_count = 65535 before it, so that the server lists every warning.',
    },
  )
}
