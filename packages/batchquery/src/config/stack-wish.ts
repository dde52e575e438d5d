import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/quoted.ts'
import type { ConfigFile } from './parse-config-file.ts'
import type { Flags } from './settings.ts'

/** A stack of batchquery-cdk that is wanted for what it tells of itself. */
export interface StackWish {
  /** Null for the only one that there is. */
  readonly name: string | null
  /** Whether an option or the environment asks for it: it then stands before batchquery.yaml, otherwise behind it. */
  readonly isChosen: boolean
}

/**
 * The stack that AWS has to be asked for; null where nothing is wanted of AWS, or nothing is missing. So that a laptop never
 * waits for AWS, one is wanted only where somebody names it, or where the engine is fargate and settings lack what that needs.
 *
 * @param launches whether runs are to be started: then more is needed than the home bucket
 * @throws CONFIG for what cannot be a name
 */
export function stackWish(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  file: ConfigFile | null,
  launches: boolean,
): StackWish | null {
  const chosen = flags.stack ?? (environment.BATCHQUERY_STACK || undefined)
  if (chosen !== undefined) return { name: checkName(chosen), isChosen: true }
  const engine = flags.engine ?? (environment.BATCHQUERY_ENGINE || file?.engine)
  if (engine !== 'fargate') return null
  const bucket = flags.bucket ?? (environment.BATCHQUERY_BUCKET || file?.bucket)
  if (bucket !== undefined && (!launches || file?.fargate !== undefined)) return null
  return { name: file?.stack === undefined ? null : checkName(file.stack), isChosen: false }
}

/** As a parameter may be called below `/batchquery/`. */
function checkName(name: string): string {
  if (/^[A-Za-z0-9_.-]{1,64}$/.test(name)) return name
  throw new BatchQueryError('CONFIG', `${quoted(name)} is no name of a stack`, {
    hint: 'A name has letters, digits, hyphens, dots and underscores; batchquery-cdk takes it from stack.name.',
  })
}
