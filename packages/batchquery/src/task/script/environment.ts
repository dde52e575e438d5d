import { EPHEMERAL } from '../../platform/index.ts'
import { type RunRecord, receiveParameters, scriptVariables } from '../../run/index.ts'

/** The variables that are passed on unchanged. `AWS_` includes all names that begin with it. */
const PASSED_ON =
  /^(PATH|HOME|TZ|LANG|LANGUAGE|LC_[A-Z_]+|AWS_[A-Z0-9_]+|NODE_EXTRA_CA_CERTS|MYSQL_PWD|PGPASSWORD|(?:https?|all|no)_proxy|(?:HTTPS?|ALL|NO)_PROXY)$/

const SECRET =
  /^(AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_CONTAINER_AUTHORIZATION_TOKEN|MYSQL_PWD|PGPASSWORD)$/

export interface ScriptEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** Values that must not appear in a log. */
  readonly secrets: readonly string[]
}

export interface ScriptPlace {
  readonly homeBucket: string
  /** `s3` or the path of a directory, as `BATCHQUERY_STORE` has it. */
  readonly store: string
  /** The address of the task, as `BATCHQUERY_TASK` has it. */
  readonly taskUri: string
  /** The URL of the database. */
  readonly database: string
  /** Whether its files do not outlive the run. */
  readonly isEphemeral: boolean
  /** The script's own TMPDIR. */
  readonly temporary: string
}

/** The descriptor for the reports of a script. */
export const REPORT_FD = 3

/**
 * The environment of a script: the variables that docs/scripts.md lists, and no others of the runner.
 *
 * @param runner the runner's environment
 */
export function scriptEnvironment(
  record: RunRecord,
  runner: NodeJS.ProcessEnv,
  { homeBucket, store, taskUri, database, isEphemeral, temporary }: ScriptPlace,
): ScriptEnvironment {
  const passedOn = Object.entries(runner).flatMap(([name, value]): [string, string][] =>
    value !== undefined && PASSED_ON.test(name) ? [[name, value]] : [],
  )
  const params = Object.entries(receiveParameters(record, runner))
  const given = scriptVariables(runner)
  return {
    variables: {
      ...Object.fromEntries(passedOn),
      ...given.open,
      ...given.secret,
      ...Object.fromEntries(params.map(([name, value]) => [`BATCHQUERY_PARAM_${name}`, value])),
      ...(runner.BATCHQUERY_DATABASES && { BATCHQUERY_DATABASES: runner.BATCHQUERY_DATABASES }),
      ...(isEphemeral && EPHEMERAL),
      BATCHQUERY_RUN_ID: record.id,
      BATCHQUERY_BUCKET: homeBucket,
      BATCHQUERY_STORE: store,
      BATCHQUERY_TASK: taskUri,
      BATCHQUERY_DATABASE: database,
      BATCHQUERY_REPORT_FD: String(REPORT_FD),
      TMPDIR: temporary,
    },
    secrets: [
      ...passedOn.flatMap(([name, value]) => (SECRET.test(name) ? [value] : [])),
      ...Object.values(given.secret),
      // The record masks these.
      ...params.flatMap(([name, value]) => (record.params[name] === value ? [] : [value])),
    ],
  }
}
