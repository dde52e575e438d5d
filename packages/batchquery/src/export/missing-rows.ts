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
    `the server cut the result short: ${missing.message} (${missing.code})`,
    {
      hint: 'Remove LIMIT ROWS EXAMINED. If it is not reached, write SET max_error_count = 65535 first, so that the server lists every warning.',
    },
  )
}
