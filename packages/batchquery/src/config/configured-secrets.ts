import { parseDatabaseUrl } from '../database/url.ts'
import type { Settings } from './settings.ts'

/** The passwords that the settings and the environment hold: no log, record or error shows them. */
export function configuredSecrets({ database }: Settings, environment: NodeJS.ProcessEnv): string[] {
  const { MYSQL_PWD, PGPASSWORD } = environment
  const proxies = Object.entries(environment).flatMap(([name, value = '']) =>
    /^(https?|all)_proxy$/i.test(name) ? proxyPassword(value) : [],
  )
  return [passwordOf(database), MYSQL_PWD, PGPASSWORD, ...proxies].flatMap(secret => secret || [])
}

/** Null also for what is no URL of a database: that is told where one is needed. */
function passwordOf(url: string): string | null {
  try {
    return parseDatabaseUrl(url).password
  } catch {
    return null
  }
}

/** As it is written in the URL, where it may be percent-encoded, and as it is meant. */
function proxyPassword(proxy: string): string[] {
  const url = URL.canParse(proxy) ? new URL(proxy) : null
  if (url === null || url.password === '') return []
  try {
    return [url.password, decodeURIComponent(url.password)]
  } catch {
    return [url.password]
  }
}
