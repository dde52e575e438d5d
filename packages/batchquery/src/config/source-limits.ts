import { BatchQueryError } from '../errors/index.ts'
import { parseDuration, quoted } from '../platform/index.ts'

/** The greatest limit that is a number. */
export const MOST_LIMIT = 1_000_000_000

/** What exports may ask of the database that they read. */
export interface SourceLimits {
  /** The most sessions of an export with PARALLEL; null for no limit. */
  readonly maxSessions: number | null
  /** From which length of the history list on a run warns (MySQL); null for never. */
  readonly warnHistory: number | null
  /** From which age of the readers' snapshot on a run warns, in seconds (PostgreSQL); null for never. */
  readonly warnSnapshot: number | null
}

/** The limits that an option, a variable or a file gives. */
export type GivenLimits = { readonly [Name in keyof SourceLimits]?: number | undefined }

const VARIABLES = {
  maxSessions: 'BATCHQUERY_MAX_SESSIONS',
  warnHistory: 'BATCHQUERY_WARN_HISTORY',
  warnSnapshot: 'BATCHQUERY_WARN_SNAPSHOT',
} as const

/** The limits by precedence: options, variables, files. @throws CONFIG, USAGE for a variable that is not a limit */
export function sourceLimits(
  flags: GivenLimits,
  environment: NodeJS.ProcessEnv,
  configured: (name: keyof SourceLimits) => number | undefined,
): SourceLimits {
  const limit = (name: keyof SourceLimits, parse: (text: string, shown: string) => number): number | null => {
    const text = environment[VARIABLES[name]] || undefined
    return (
      flags[name] ??
      (text === undefined ? undefined : parse(text, VARIABLES[name])) ??
      configured(name) ??
      null
    )
  }
  return {
    maxSessions: limit('maxSessions', parseLimit),
    warnHistory: limit('warnHistory', parseLimit),
    warnSnapshot: limit('warnSnapshot', parseDuration),
  }
}

/** The limits as the environment of another process. */
export const sourceLimitsEnvironment = ({
  maxSessions,
  warnHistory,
  warnSnapshot,
}: SourceLimits): Record<string, string> => ({
  ...(maxSessions !== null && { [VARIABLES.maxSessions]: String(maxSessions) }),
  ...(warnHistory !== null && { [VARIABLES.warnHistory]: String(warnHistory) }),
  ...(warnSnapshot !== null && { [VARIABLES.warnSnapshot]: `${warnSnapshot}s` }),
})

/** @param shown the option or variable, for the message. @throws USAGE */
export function parseLimit(text: string, shown: string): number {
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MOST_LIMIT) return limit
  throw new BatchQueryError(
    'USAGE',
    `${shown} is ${quoted(text.slice(0, 100))}, which is not a number from 1 on`,
    {
      hint: 'Write a whole number, such as 20.',
    },
  )
}
