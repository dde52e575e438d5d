import { databaseDialect } from '../../database/dialects.ts'
import { parseDatabaseUrl } from '../../database/url.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Check } from '../check.ts'
import type { Place } from '../place.ts'
import { databaseChecks, LOGIN } from './checks.ts'
import { reachServer } from './network.ts'

const URL_CHECK = 'database.url'

/**
 * The checks that this machine can make of a database that an ECS task logs in to from its own subnets, with the rights of its own role.
 *
 * @throws the signal's reason
 */
export async function checksFromAfar(place: Place, signal: AbortSignal): Promise<readonly Check[]> {
  const { database, shownDatabase } = place.settings
  if (shownDatabase === null)
    return [skipped(URL_CHECK, 'no database is named here, so the task or the task definition decides')]
  const checks = databaseChecks(place)
  const url = urlOf(database)
  // The check reports what is wrong with it.
  if (url === null) return checks
  const first = checks.filter(({ id }) => id === URL_CHECK)
  const login = skipped(LOGIN, 'the ECS task logs in with the rights of its own role')
  if (databaseDialect(url.dialect).kind === 'embedded') return [...first, login]
  const fault = await faultOf(() => reachServer(url, signal), signal)
  if (fault !== null)
    return [
      ...first,
      skipped('database.tcp', `the ECS task connects from its own subnets; from here: ${fault}`),
      login,
    ]
  const before = checks.slice(
    0,
    checks.findIndex(({ id }) => id === LOGIN),
  )
  return [...before, login]
}

const skipped = (id: string, because: string): Check => ({
  id,
  what: because,
  needs: [],
  run: async () => ({ skipped: because }),
})

function urlOf(text: string) {
  try {
    return parseDatabaseUrl(text)
  } catch {
    return null
  }
}

async function faultOf(look: () => Promise<unknown>, signal: AbortSignal): Promise<string | null> {
  try {
    await look()
    return null
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    return BatchQueryError.from(thrown).message
  }
}
