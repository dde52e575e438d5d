import { type Settings, submittedDatabases } from '../config/index.ts'
import { databaseDialect } from '../database/dialects.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { BatchQueryError } from '../errors/index.ts'
import { redactUrl } from '../platform/index.ts'
import { type GivenEnvironment, passGivenEnvironment } from '../run/index.ts'

/**
 * What a runner elsewhere is told: nothing secret, as whoever may look at the ECS task sees it, and nothing that is on
 * this machine alone. A database that nobody chose is the runner's own to know.
 *
 * @param secrets variables of secret parameters
 * @throws USAGE for a secret; CONFIG for a database that it cannot reach or log in to by what it is told
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
    // Beside those of the task definition, which a variable of the same name would take away.
    ...submittedDatabases(new Map(named)),
    ...passGivenEnvironment(given),
  }
}

/** Why another machine can do nothing with a URL; null where it can. */
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
