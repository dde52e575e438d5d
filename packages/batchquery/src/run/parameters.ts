import { BatchQueryError } from '../errors/index.ts'
import { isSecretReference } from '../platform/index.ts'
import type { RunRecord } from './record.ts'

/** What stands in a record in the place of a secret parameter. */
const MASKED = '***'
const VARIABLE = 'BATCHQUERY_PARAM_'

/** Parameters on their way from the submitter to the runner. */
export interface SubmittedParameters {
  /** For the record: secret values are masked. */
  readonly params: Readonly<Record<string, string>>
  /** For the runner's environment: the secret values. */
  readonly environment: Readonly<Record<string, string>>
}

/** Parts the secret parameters from those that may be written down. Where a secret is kept is no secret. */
export function submitParameters(
  given: ReadonlyMap<string, string>,
  isSecret: (name: string) => boolean,
): SubmittedParameters {
  const isMasked = (name: string, value: string): boolean => isSecret(name) && !isSecretReference(value)
  // A value that reads like the mask would be taken for one.
  const secret = [...given].filter(([name, value]) => isMasked(name, value) || value === MASKED)
  return {
    params: Object.fromEntries(
      [...given].map(([name, value]) => [name, isMasked(name, value) ? MASKED : value]),
    ),
    environment: Object.fromEntries(secret.map(([name, value]) => [parameterVariable(name), value])),
  }
}

/** The parameters whose values a record does not have. */
export const withheldParameters = ({ params }: Pick<RunRecord, 'params'>): string[] =>
  Object.keys(params).filter(name => params[name] === MASKED)

/** The record's parameters, those masked whose values should have come by another way. */
export function maskedParameters(
  { params }: Pick<RunRecord, 'params'>,
  isSecret: (name: string) => boolean,
): { readonly params: Readonly<Record<string, string>>; readonly masked: ReadonlyMap<string, string> } {
  const masked = new Map(
    Object.entries(params).filter(
      ([name, value]) => isSecret(name) && value !== MASKED && !isSecretReference(value),
    ),
  )
  return {
    params: { ...params, ...Object.fromEntries([...masked.keys()].map(name => [name, MASKED])) },
    masked,
  }
}

/**
 * A SQL task says which of its parameters are secret, and only then their values are kept out of everything.
 *
 * @throws USAGE where a value names a secret, and its parameter is not declared as one
 */
export function checkReferences(
  { params }: Pick<RunRecord, 'params'>,
  isSecret: (name: string) => boolean,
): void {
  for (const [name, value] of Object.entries(params))
    if (isSecretReference(value) && !isSecret(name))
      throw new BatchQueryError('USAGE', `parameter ${name} is given a secret, and is not declared as one`, {
        hint: `Write into the task: -- @param ${name} secret`,
      })
}

/** The variable in which a runner keeps the value of a secret parameter. */
export const parameterVariable = (name: string): string => `${VARIABLE}${name}`

/** The inverse; null for any other variable. */
export const parameterName = (variable: string): string | null =>
  variable.startsWith(VARIABLE) ? variable.slice(VARIABLE.length) : null

/** The parameters of a run: those of its record, and the secret ones from the environment. */
export function receiveParameters(
  { params }: Pick<RunRecord, 'params'>,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const received = new Map<string, string>()
  for (const [name, value] of Object.entries(params)) {
    const kept = environment[parameterVariable(name)]
    // One that is only named is itself where nobody has read it yet.
    const text = value === MASKED ? kept : isSecretReference(value) ? (kept ?? value) : value
    if (text !== undefined) received.set(name, text)
  }
  return Object.fromEntries(received)
}
