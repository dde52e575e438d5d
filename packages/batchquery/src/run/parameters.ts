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

/** Parts the secret parameters from those that may be written down. */
export function submitParameters(
  given: ReadonlyMap<string, string>,
  isSecret: (name: string) => boolean,
): SubmittedParameters {
  // A value that reads like the mask would be taken for one.
  const secret = [...given].filter(([name, value]) => isSecret(name) || value === MASKED)
  return {
    params: Object.fromEntries([...given].map(([name, value]) => [name, isSecret(name) ? MASKED : value])),
    environment: Object.fromEntries(secret.map(([name, value]) => [`${VARIABLE}${name}`, value])),
  }
}

/** The parameters of a run: those of its record, and the secret ones from the environment. */
export function receiveParameters(
  { params }: Pick<RunRecord, 'params'>,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const received = new Map<string, string>()
  for (const [name, value] of Object.entries(params)) {
    const text = value === MASKED ? environment[`${VARIABLE}${name}`] : value
    if (text !== undefined) received.set(name, text)
  }
  return Object.fromEntries(received)
}
