import {
  remoteFault,
  remoteNotifications,
  type Settings,
  sourceLimitsEnvironment,
  submittedDatabases,
} from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import { redactUrl } from '../platform/index.ts'
import { passScriptVariables, type ScriptVariables } from '../run/index.ts'

/**
 * The environment of a runner elsewhere. It has no secret, because every user who may look at the ECS task sees it, and nothing that
 * only this machine has. If the submitter chose no database, the runner uses its own.
 *
 * @param secrets the variables of secret parameters
 * @throws USAGE for a secret; CONFIG for a database that the runner cannot reach or log in to
 */
export function remoteEnvironment(
  settings: Settings,
  secrets: Readonly<Record<string, string>>,
  variables: ScriptVariables,
): Record<string, string> {
  refuseSecrets({ ...secrets, ...variables.secret })
  if (settings.shownDatabase !== null) {
    const fault = remoteFault(settings.database)
    if (fault !== null)
      throw new BatchQueryError('CONFIG', `the database ${redactUrl(settings.shownDatabase)} ${fault}`, {
        hint:
          'Name it with auth=iam or auth=secret, or without a password, so that MYSQL_PWD or PGPASSWORD of the task definition counts. ' +
          'Or remove -d to use the BATCHQUERY_DATABASE of the task definition.',
      })
  }
  const reachable = [...settings.databases].filter(([, url]) => remoteFault(url) === null)
  return {
    ...(settings.shownDatabase !== null && { BATCHQUERY_DATABASE: settings.database }),
    // A variable of its own: BATCHQUERY_DATABASES would replace that of the task definition.
    ...submittedDatabases(new Map(reachable)),
    ...remoteNotifications(settings.notifications),
    ...sourceLimitsEnvironment(settings.limits),
    ...passScriptVariables(variables),
  }
}

function refuseSecrets(secrets: Readonly<Record<string, string>>): void {
  const [name] = Object.keys(secrets)
  if (name === undefined) return
  const shown = name.replace('BATCHQUERY_PARAM_', '')
  throw new BatchQueryError(
    'USAGE',
    `${shown} is secret, and everyone who may look at the ECS task could see it`,
    {
      hint: `Keep it in AWS Secrets Manager and name it, as in ${shown}=secret:ARN. Allow the task role secretsmanager:GetSecretValue, because the runner reads it.`,
    },
  )
}
