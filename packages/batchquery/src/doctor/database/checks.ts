import type { DatabaseUrl } from '../../database/database-url.ts'
import { databaseDialect } from '../../database/dialects.ts'
import { parseDatabaseUrl } from '../../database/url.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { redactUrl } from '../../platform/index.ts'
import type { Check, Finding } from '../check.ts'
import type { DatabasePlace, Place } from '../place.ts'
import { readAuthorities } from './certificates.ts'
import { openEmbedded } from './embedded.ts'
import {
  cancelStatement,
  compareClocks,
  logIn,
  lookAtNativeExport,
  mayRead,
  readServerSettings,
} from './login.ts'
import { reachServer, resolveName } from './network.ts'
import { verifyTls } from './tls.ts'

/** The last check before a session can be used, of a server and of the embedded database. */
export const LOGIN = 'database.login'

/** The checks of everything that a run needs from its database, in the order in which the run needs it. */
export function databaseChecks(place: Place): readonly Check[] {
  const url = urlOf(place.settings.database)
  const setting = {
    id: 'database.url',
    what: 'the URL of the database',
    needs: [],
    run: async () => describeUrl(place, url),
  }
  if (url instanceof BatchQueryError) return [setting]
  const there = { ...place, url }
  const { kind } = databaseDialect(url.dialect)
  return [setting, ...(kind === 'embedded' ? embeddedChecks(there) : serverChecks(there))]
}

function urlOf(text: string): DatabaseUrl | BatchQueryError {
  try {
    return parseDatabaseUrl(text)
  } catch (thrown) {
    return BatchQueryError.from(thrown)
  }
}

/** @throws CONFIG if it is not a database URL */
function describeUrl({ settings, sources, environment }: Place, url: DatabaseUrl | BatchQueryError): Finding {
  if (url instanceof BatchQueryError) throw url
  const shown = `${redactUrl(settings.database)} (${sources.database})`
  const dialect = databaseDialect(url.dialect)
  if (dialect.kind === 'embedded') return { figure: shown }
  const { password, passwordFile } = url
  const variable = dialect.passwordVariable
  const auth = /[?&]auth=(\w+)/.exec(settings.database)?.[1]
  const secret =
    (auth !== undefined && `auth=${auth}`) ||
    (password !== null && 'the password in the URL') ||
    (passwordFile !== null && `the password of ${passwordFile}`) ||
    (environment[variable] && `the password of ${variable}`) ||
    'no password'
  return { figure: `${shown}, with ${secret}` }
}

const embeddedChecks = (place: DatabasePlace): readonly Check[] => [
  {
    id: LOGIN,
    what: 'opening the embedded database',
    needs: ['database.url'],
    run: signal => openEmbedded(place, signal),
  },
]

function serverChecks(place: DatabasePlace): readonly Check[] {
  const { url } = place
  const inSession = (id: string, what: string, look: typeof logIn): Check => ({
    id,
    what,
    needs: [LOGIN],
    run: signal => look(place, signal),
  })
  return [
    {
      id: 'database.dns',
      what: 'the host name',
      needs: ['database.url'],
      run: signal => resolveName(url, signal),
    },
    {
      id: 'database.tcp',
      what: 'a connection to the server',
      needs: ['database.dns'],
      run: signal => reachServer(url, signal),
    },
    {
      id: 'database.authority',
      what: "the authority's certificates",
      needs: ['database.url'],
      run: () => readAuthorities(url),
    },
    {
      id: 'database.tls',
      what: "the server's certificate",
      needs: ['database.tcp', 'database.authority'],
      run: signal => verifyTls(url, signal),
    },
    { id: LOGIN, what: 'a login', needs: ['database.tls'], run: signal => logIn(place, signal) },
    inSession('database.clock', "the server's clock", compareClocks),
    inSession('database.cancel', 'stopping a statement', cancelStatement),
    inSession('database.read', 'the right to read', mayRead),
    inSession('database.settings', "the server's settings", readServerSettings),
    inSession('database.native', "the server's own export to S3", lookAtNativeExport),
  ]
}
