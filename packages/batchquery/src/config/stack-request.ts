import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/quoted.ts'
import type { ConfigFile } from './parse-config-file.ts'
import type { Flags } from './settings.ts'

/** The stack of batchquery-cdk whose settings AWS must be asked for. */
export interface StackRequest {
  /** Null for the only stack that exists. */
  readonly name: string | null
  /** Whether an option or the environment names it. Its settings then take precedence over batchquery.yaml, otherwise they come after it. */
  readonly isChosen: boolean
}

/**
 * Returns the stack that AWS must be asked for; null if no setting needs AWS. A laptop must never wait for AWS. So a stack is requested
 * only if the user names one, or if the engine is fargate and settings that it needs are missing.
 *
 * @param startsRuns whether runs will be started: fargate then needs more than the home bucket
 * @throws CONFIG for a text that cannot be a name
 */
export function stackRequest(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  file: ConfigFile | null,
  startsRuns: boolean,
): StackRequest | null {
  const chosen = flags.stack ?? (environment.BATCHQUERY_STACK || undefined)
  if (chosen !== undefined) return { name: checkName(chosen), isChosen: true }
  const engine = flags.engine ?? (environment.BATCHQUERY_ENGINE || file?.engine)
  if (engine !== 'fargate') return null
  const bucket = flags.bucket ?? (environment.BATCHQUERY_BUCKET || file?.bucket)
  if (bucket !== undefined && (!startsRuns || file?.fargate !== undefined)) return null
  return { name: file?.stack === undefined ? null : checkName(file.stack), isChosen: false }
}

/** The names that a parameter below `/batchquery/` can have. */
function checkName(name: string): string {
  if (/^[A-Za-z0-9_.-]{1,64}$/.test(name)) return name
  throw new BatchQueryError('CONFIG', `${quoted(name)} is not a valid stack name`, {
    hint: 'Write the stack.name of your batchquery-cdk file: letters, digits, hyphens, dots and underscores.',
  })
}
