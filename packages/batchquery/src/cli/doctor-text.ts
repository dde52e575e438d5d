import { styleText } from 'node:util'
import type { Place, Report } from '../doctor/index.ts'
import type { BatchQueryError } from '../errors/index.ts'
import { redactUrl, visible } from '../platform/index.ts'

const COLOURS = { ok: 'green', failed: 'red', skipped: 'gray' } as const
const STATE_WIDTH = 'skipped'.length
const ID_WIDTH = 'database.authority'.length
/** Further lines of a check begin below its id. */
const INDENT = ' '.repeat(STATE_WIDTH + 2)

/**
 * The line of a check, then its warnings or its error with a hint:
 *
 *     ok       database.dns        db.example.com is 10.0.3.7
 *     failed   database.tcp        a connection to the server
 *              error: db.example.com:3306 cannot be reached: connect ECONNREFUSED 10.0.3.7:3306
 *              hint: Nothing listens there. Check host and port, and that the server runs.
 *     skipped  database.tls        database.tcp failed
 */
export function reportText(report: Report, colour: boolean): string {
  const { id, what, state, figure, because, warnings, error } = report
  const padded = state.padEnd(STATE_WIDTH)
  const word = colour ? styleText(COLOURS[state], padded, { validateStream: false }) : padded
  const rest = figure ?? because ?? what
  const under = [
    ...warnings.map(warning => `warning: ${warning}`),
    ...(error === null ? [] : [`error: ${error.message}`, `hint: ${error.hint}`]),
  ]
  return [
    `${word}  ${id.padEnd(ID_WIDTH)}  ${inOneLine(rest)}`,
    ...under.map(text => `${INDENT}${inOneLine(text)}`),
  ].join('\n')
}

const inOneLine = (text: string): string => visible(text.replace(/\s*\n\s*/g, ' '))

/** A sentence about all checks. */
export function summary(reports: readonly Report[]): string {
  const count = (state: Report['state']) => reports.filter(report => report.state === state).length
  const warnings = reports.reduce((sum, report) => sum + report.warnings.length, 0)
  const failed = reports.find(({ state }) => state === 'failed')
  const counts = [
    `${count('ok')} ok`,
    `${count('failed')} failed`,
    `${count('skipped')} skipped`,
    `${warnings} warning${warnings === 1 ? '' : 's'}`,
  ].join(', ')
  return failed === undefined
    ? `no check failed: ${counts}`
    : `some checks failed: ${counts}; the first failed check is ${failed.id}`
}

/** The document of `--json` (docs/json.md). */
export function documentOf(
  { settings, stack }: Pick<Place, 'settings' | 'stack'>,
  reports: readonly Report[],
  redact: (text: string) => string,
) {
  const redacted = (text: string | null) => (text === null ? null : redact(text))
  return {
    ok: reports.every(({ state }) => state !== 'failed'),
    engine: settings.engine,
    stack: stack?.name ?? null,
    database: redact(redactUrl(settings.database)),
    store: settings.store,
    bucket: settings.bucket,
    checks: reports.map(({ id, what, state, figure, because, warnings, error }) => ({
      id,
      what,
      state,
      figure: redacted(figure),
      because: redacted(because),
      warnings: warnings.map(redact),
      error: error === null ? null : errorDocument(error, redact),
    })),
  }
}

const errorDocument = (error: BatchQueryError, redact: (text: string) => string) => {
  const { code, message, hint, retryable } = error.toJSON()
  return { code, message: redact(message), hint: hint === null ? null : redact(hint), retryable }
}
