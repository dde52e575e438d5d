import type { ServerWarning } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'

/**
 * A server may cut a result short and call that a success with a warning. It is none.
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
      hint: 'Remove the limit that the warning names, then run again.',
    },
  )
}
