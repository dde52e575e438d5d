import { parseDatabaseUrl } from '../database/url.ts'
import type { Settings } from './settings.ts'

/** The passwords that the settings and the environment hold: no log, record or error shows them. */
export function configuredSecrets({ database }: Settings, environment: NodeJS.ProcessEnv): string[] {
  const { MYSQL_PWD, PGPASSWORD } = environment
  return [passwordOf(database), MYSQL_PWD, PGPASSWORD].flatMap(secret => secret || [])
}

/** Null also for what is no URL of a database: that is told where one is needed. */
function passwordOf(url: string): string | null {
  try {
    return parseDatabaseUrl(url).password
  } catch {
    return null
  }
}
