import { type Settings, submittedDatabases } from '../config/index.ts'
import { databaseDialect } from '../database/dialects.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { BatchQueryError } from '../errors/index.ts'
import { redactUrl } from '../platform/index.ts'
import { type GivenEnvironment, passGivenEnvironment } from '../run/index.ts'

/**
 * The environment of a runner on another machine. It has nothing secret, because everyone with the right to look at the ECS task sees it, and
 * nothing that exists on this machine only. If the caller names no database, the runner's own environment must.
 *
 * @param secrets variables of secret parameters
 * @throws USAGE for a secret; CONFIG for a database that the runner cannot reach, or log in to with this environment
 */
export function remoteEnvironment(
  settings: Settings,
  secrets: Readonly<Record<string, string>>,
  given: GivenEnvironment,
): Record<string, string> {
  refuseSecrets({ ...secrets, ...given.secret })
  if (settings.shownDatabase !== null) {
    const fault = faultOf(settings.database)
    if (fault !== null)
      throw new BatchQueryError('CONFIG', `the database ${redactUrl(settings.shownDatabase)} ${fault}`, {
        hint:
          'Name it with auth=iam or auth=secret, or without a password: then MYSQL_PWD or PGPASSWORD of the task definition counts. ' +
          'Without -d it is the BATCHQUERY_DATABASE of the task definition.',
      })
  }
  const named = [...settings.databases].filter(([, url]) => faultOf(url) === null)
  return {
    ...(settings.shownDatabase !== null && { BATCHQUERY_DATABASE: settings.database }),
    // Under a name of its own, because a variable with the name of one in the task definition would replace it.
    ...submittedDatabases(new Map(named)),
    ...passGivenEnvironment(given),
  }
}

/** Why another machine cannot use a URL; null if it can. */
function faultOf(text: string): string | null {
  const url = parseDatabaseUrl(text)
  const dialect = databaseDialect(url.dialect)
  if (dialect.kind === 'embedded') return url.name === dialect.inMemory ? null : 'is a file of this machine'
  if (redactUrl(text) !== text) return 'has a password, which would be seen with the ECS task'
  return new URL(text).searchParams.has('passwordFile') ? 'has its password in a file of this machine' : null
}

function refuseSecrets(secrets: Readonly<Record<string, string>>): void {
  const [name] = Object.keys(secrets)
  if (name === undefined) return
  const shown = name.replace('BATCHQUERY_PARAM_', '')
  throw new BatchQueryError('USAGE', `${shown} is secret, and would be seen with the ECS task`, {
    hint: `Keep it in AWS Secrets Manager and name it, as in ${shown}=secret:ARN: the runner reads it. The task role needs secretsmanager:GetSecretValue.`,
  })
}
