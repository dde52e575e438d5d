import { BatchQueryError } from '../errors/index.ts'
import { isSecretReference } from '../platform/index.ts'
import type { RunRecord } from './record.ts'

/** Replaces the value of a secret parameter in a record. */
const MASKED = '***'
const VARIABLE = 'BATCHQUERY_PARAM_'

/** How a submitter passes the parameters to the runner. */
export interface SubmittedParameters {
  /** For the record: secret values are masked. */
  readonly params: Readonly<Record<string, string>>
  /** For the runner's environment: the secret values. */
  readonly environment: Readonly<Record<string, string>>
}

/** Separates the secret values from those that the record may show. A reference to a secret is not secret itself. */
export function submitParameters(
  given: ReadonlyMap<string, string>,
  isSecret: (name: string) => boolean,
): SubmittedParameters {
  const isMasked = (name: string, value: string): boolean => isSecret(name) && !isSecretReference(value)
  // The runner would take a value that equals the mask for a mask, so it goes through the environment too.
  const secret = [...given].filter(([name, value]) => isMasked(name, value) || value === MASKED)
  return {
    params: Object.fromEntries(
      [...given].map(([name, value]) => [name, isMasked(name, value) ? MASKED : value]),
    ),
    environment: Object.fromEntries(secret.map(([name, value]) => [parameterVariable(name), value])),
  }
}

/** The parameters whose values the record masks. */
export const withheldParameters = ({ params }: Pick<RunRecord, 'params'>): string[] =>
  Object.keys(params).filter(name => params[name] === MASKED)

/** The record's parameters with the secret values masked, and the values that were not masked before. */
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
 * Batchquery protects the value of a parameter only if the SQL task declares it as secret.
 *
 * @throws USAGE if a value refers to a secret and its parameter is not declared as secret
 */
export function checkReferences(
  { params }: Pick<RunRecord, 'params'>,
  isSecret: (name: string) => boolean,
): void {
  for (const [name, value] of Object.entries(params))
    if (isSecretReference(value) && !isSecret(name))
      throw new BatchQueryError(
        'USAGE',
        `the value of parameter ${name} is a secret, but the task does not declare it as one`,
        {
          hint: `Add this line to the task: -- @param ${name} secret`,
        },
      )
}

/** The variable of the runner that contains the value of a secret parameter. */
export const parameterVariable = (name: string): string => `${VARIABLE}${name}`

/** The inverse of `parameterVariable`; null for any other variable. */
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
    // A reference stays as it is until the runner has read the secret.
    const text = value === MASKED ? kept : isSecretReference(value) ? (kept ?? value) : value
    if (text !== undefined) received.set(name, text)
  }
  return Object.fromEntries(received)
}
