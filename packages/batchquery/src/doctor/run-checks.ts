import { BatchQueryError, CATALOGUE } from '../errors/index.ts'
import type { Check, Report } from './check.ts'

/**
 * Runs the checks in their order, one at a time. If one fails, the checks that need it are skipped, with a report;
 * all others run.
 *
 * @throws the signal's reason, between two checks or from within one
 */
export async function* runChecks(checks: readonly Check[], signal: AbortSignal): AsyncGenerator<Report> {
  /** For each check that failed or was skipped, by id: the check that failed. */
  const failed = new Map<string, string>()
  for (const check of checks) {
    signal.throwIfAborted()
    const culprit = check.needs.map(id => failed.get(id)).find(id => id !== undefined)
    const report =
      culprit === undefined ? await runCheck(check, signal) : skippedReport(check, `${culprit} failed`)
    if (culprit !== undefined) failed.set(check.id, culprit)
    else if (report.state === 'failed') failed.set(check.id, check.id)
    yield report
  }
}

/** @throws the signal's reason */
export async function runCheck(check: Check, signal: AbortSignal): Promise<Report> {
  const { id, what } = check
  try {
    const finding = await check.run(signal)
    if ('skipped' in finding) return skippedReport(check, finding.skipped)
    const { figure, warnings = [] } = finding
    return { id, what, state: 'ok', figure, because: null, warnings, error: null }
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    const error = withHint(BatchQueryError.from(thrown))
    return { id, what, state: 'failed', figure: null, because: null, warnings: [], error }
  }
}

export const skippedReport = ({ id, what }: Pick<Check, 'id' | 'what'>, because: string): Report => ({
  id,
  what,
  state: 'skipped',
  figure: null,
  because,
  warnings: [],
  error: null,
})

/** Every failed check says how to repair it: if the error has no hint, it gets the one of its code. */
function withHint(error: BatchQueryError): BatchQueryError {
  if (error.hint !== null) return error
  const { code, message, retryable, exitCode } = error
  return new BatchQueryError(code, message, {
    cause: error,
    hint: CATALOGUE[code].next,
    retryable,
    exitCode,
  })
}
