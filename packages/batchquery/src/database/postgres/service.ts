import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import type { Services } from '../dialect.ts'
import { findService, type Service } from './service-file.ts'

const SETTING = 'service'
/** The settings of a URL that have the name and the meaning of a key of a service. */
const SAME = ['sslrootcert', 'sslnegotiation', 'connect_timeout'] as const

/** The connection services of libpq. */
export const PG_SERVICES: Services = {
  setting: SETTING,
  variable: 'PGSERVICE',
  complete(url, name, environment) {
    const service = findService(name, environment)
    const of = valuesIn(service)
    const host = hostOf(url, service)
    const user = url.username || encodeURIComponent(of('user'))
    const password = passwordOf(url, of('password'))
    const port = url.port || portOf(service)
    const database = url.pathname.replace(/^\//, '') || encodeURIComponent(of('dbname'))
    const parameters = parametersOf(url, service, host.socket)
    const login = password === '' ? user : `${user}:${password}`
    return `${url.protocol}//${login === '' ? '' : `${login}@`}${host.name}${port === '' ? '' : `:${port}`}/${database}${parameters}`
  },
}

const valuesIn =
  ({ settings }: Service) =>
  (key: Parameters<Service['settings']['get']>[0]): string =>
    settings.get(key) ?? ''

const refuse = ({ shown }: Service, why: string, hint: string): BatchQueryError =>
  new BatchQueryError('CONFIG', `${shown}: ${why}`, { hint })

/** A URL needs a host even if the server is reached through a socket. */
function hostOf(url: URL, service: Service): { readonly name: string; readonly socket: string | null } {
  const host = valuesIn(service)('host')
  if (url.hostname !== '') return { name: url.hostname, socket: null }
  if (url.searchParams.has('socket')) return { name: 'localhost', socket: null }
  if (host === '')
    throw refuse(service, 'it has no host', 'Add host=, with a name or with the folder of the socket.')
  if (host.startsWith('/')) return { name: 'localhost', socket: host }
  if (!/^[^,@/?#\s]+$/.test(host))
    throw refuse(service, `host=${quoted(host)} is not a single host`, 'Write one name or one address.')
  return { name: host.includes(':') ? `[${host}]` : host, socket: null }
}

function portOf(service: Service): string {
  const port = valuesIn(service)('port')
  if (/^(\d{1,5})?$/.test(port)) return port
  throw refuse(service, `port=${quoted(port)} is not a port`, 'Write one number, such as 5432.')
}

/** A login that the URL chooses has precedence over the password of the service. */
function passwordOf(url: URL, password: string): string {
  if (url.password !== '') return url.password
  const { searchParams } = url
  const isChosen = searchParams.has('passwordFile') || (searchParams.get('auth') ?? 'password') !== 'password'
  return isChosen ? '' : encodeURIComponent(password)
}

function parametersOf(url: URL, service: Service, socket: string | null): string {
  const of = valuesIn(service)
  const parameters = new URLSearchParams(url.searchParams)
  parameters.delete(SETTING)
  if (socket !== null) parameters.set('socket', socket)
  if (!parameters.has('sslmode') && of('sslmode') !== '') parameters.set('sslmode', sslModeOf(service))
  for (const key of SAME) if (!parameters.has(key) && of(key) !== '') parameters.set(key, of(key))
  if (parameters.get('sslrootcert') === 'system')
    throw refuse(
      service,
      'sslrootcert=system does not name a file',
      'Leave it out: batchquery then trusts the authorities of Node. Or name a file in PEM.',
    )
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

function sslModeOf(service: Service): string {
  const mode = valuesIn(service)('sslmode')
  if (!/^(allow|prefer|require)$/.test(mode)) return mode
  throw refuse(
    service,
    `sslmode=${mode} does not verify the server`,
    `Write sslmode=verify-full there, or into the URL, which has precedence: postgres://?${SETTING}=NAME&sslmode=verify-full.`,
  )
}
