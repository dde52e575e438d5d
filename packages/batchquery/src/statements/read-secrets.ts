import { isSecretReference, type Log, parseSecretReference } from '../platform/index.ts'
import { parameterVariable, type RunRecord, scriptVariables, secretVariable } from '../run/index.ts'

/** A secret that a parameter or a variable refers to. */
interface Wanted {
  /** The variable that gets the value. */
  readonly variable: string
  /** The parameter or variable, for messages. */
  readonly what: string
  readonly reference: string
}

/**
 * Reads the secrets that parameters of a task and variables of a script refer to. The record contains only their ARNs; the values exist
 * in this process only.
 *
 * @returns the environment with the values added, as if the submitter had passed them; the log masks them from now on
 * @throws USAGE for an invalid ARN; as `SecretValues.read`; the signal's reason
 */
export async function readSecrets(
  record: Pick<RunRecord, 'params'>,
  environment: NodeJS.ProcessEnv,
  log: Log,
  signal: AbortSignal,
): Promise<NodeJS.ProcessEnv> {
  const wanted = wantedSecrets(record, environment)
  if (wanted.length === 0) return environment
  const { SecretValues } = await import('../database/secret-value.ts')
  const secrets = new SecretValues()
  const complete = { ...environment }
  for (const { variable, what, reference } of wanted) {
    const value = await secrets.read(parseSecretReference(reference, what), what, signal)
    log.addSecret(value)
    complete[variable] = value
  }
  return complete
}

function wantedSecrets({ params }: Pick<RunRecord, 'params'>, environment: NodeJS.ProcessEnv): Wanted[] {
  const ofParameters = Object.entries(params).flatMap(([name, reference]) =>
    isSecretReference(reference)
      ? [{ variable: parameterVariable(name), what: `parameter ${name}`, reference }]
      : [],
  )
  const ofVariables = Object.entries(scriptVariables(environment).referenced).map(([name, reference]) => ({
    variable: secretVariable(name),
    what: `variable ${name}`,
    reference,
  }))
  return [...ofParameters, ...ofVariables]
}
