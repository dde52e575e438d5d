import { BatchQueryError, CATALOGUE } from '../../errors/index.ts'
import type { Problem } from '../documents.ts'

/** The error of a record: its code may be that of a newer batchquery. */
interface RecordedError {
  readonly code: string
  readonly message: string
  readonly hint: string | null
}

/** What the page shows of an error, with the place in the manual that explains its code. */
export const problemOf = ({ code, message, hint }: RecordedError): Problem => ({
  code,
  message,
  hint,
  manual: Object.hasOwn(CATALOGUE, code) ? `errors#${code}` : null,
})

/** The HTTP status of an error. The page reads the document, not the status. */
export function statusOf({ code }: BatchQueryError): 400 | 401 | 403 | 404 | 500 | 502 {
  switch (code) {
    case 'USAGE':
    case 'CONFIG':
    case 'MISSING_PARAMETER':
      return 400
    case 'AUTHENTICATION':
      return 401
    case 'PERMISSION':
      return 403
    case 'RUN_NOT_FOUND':
    case 'TASK_NOT_FOUND':
    case 'OUTPUT_NOT_FOUND':
    case 'BUCKET_NOT_FOUND':
      return 404
    case 'INTERNAL':
      return 500
    default:
      return 502
  }
}

/** The result of an operation, or its problem. */
export async function orProblem<T>(
  operation: () => Promise<T>,
): Promise<
  { readonly value: T; readonly problem: null } | { readonly value: null; readonly problem: Problem }
> {
  try {
    return { value: await operation(), problem: null }
  } catch (thrown) {
    return { value: null, problem: problemOf(BatchQueryError.from(thrown)) }
  }
}
