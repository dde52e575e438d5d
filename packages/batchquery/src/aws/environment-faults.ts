import { BatchQueryError } from '../errors/index.ts'

/** Printable without blanks: the form of keys and tokens, and of what a header may contain. */
const KEY = /^[\x21-\x7e]+$/
/** The token of a container's endpoint is a whole header: `Bearer ...`. */
const HEADER = /^[\x20-\x7e]+$/
const QUOTED = /^(["']).*\1$|^["']|["']$/s

const NO_QUOTES =
  'Write it without quotes, blanks and line ends. Unlike a shell, a file of variables keeps quotes.'
const AN_ENDPOINT =
  'Write it with its scheme, as in https://HOST or http://HOST:PORT. Without a scheme the request goes to AWS itself.'

/** Variables that name other endpoints: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
const ENDPOINT = /^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$/

/**
 * Checks the variables that the SDK reads. The SDK ignores a wrong value silently or reports it as a defect of the
 * program.
 *
 * @throws CONFIG, AUTHENTICATION with the name of the variable, but never the value of a key or token
 */
export function checkAwsEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(environment))
    if (value && ENDPOINT.test(name)) checkUrl(name, value, AN_ENDPOINT)
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: full, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative } =
    environment
  if (full)
    checkUrl('AWS_CONTAINER_CREDENTIALS_FULL_URI', full, 'Unset it. Only ECS and EKS set this variable.')
  if (relative && !/^\/[\x21-\x7e]*$/.test(relative))
    throw new BatchQueryError(
      'CONFIG',
      `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is ${shown(relative)}, which is not a path`,
      {
        hint: 'Unset it. Only ECS sets this variable.',
      },
    )
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
    checkKey(name, environment[name], KEY)
  checkKey('AWS_CONTAINER_AUTHORIZATION_TOKEN', environment.AWS_CONTAINER_AUTHORIZATION_TOKEN, HEADER)
  checkPairs(environment)
}

function checkUrl(name: string, value: string, hint: string): void {
  const fault = urlFault(value)
  if (fault !== null)
    throw new BatchQueryError('CONFIG', `${name} is ${shown(value)}, which ${fault}`, { hint })
}

/** Null if requests can be sent to this URL. */
function urlFault(value: string): string | null {
  if (QUOTED.test(value)) return 'has quotes'
  if (/\s/.test(value)) return 'has a blank or a line end'
  if (!/^https?:\/\//i.test(value)) return 'does not begin with https:// or http://'
  if (!URL.canParse(value)) return 'is not a URL'
  const { port, search, hash } = new URL(value)
  if (port === '0') return 'has an invalid port'
  return search === '' && hash === '' ? null : 'has more than a scheme, host, port and path'
}

/** The value without its password. */
const shown = (value: string): string => JSON.stringify(value.replace(/\/\/[^/]*@/, '//***@').slice(0, 300))

function checkKey(name: string, value: string | undefined, form: RegExp): void {
  if (!value || (form.test(value) && !QUOTED.test(value))) return
  const what = QUOTED.test(value)
    ? 'quotes'
    : /[\r\n]/.test(value)
      ? 'a line end'
      : 'a blank or another character that cannot be in a key'
  throw new BatchQueryError('AUTHENTICATION', `${name} has ${what}`, { hint: NO_QUOTES })
}

/**
 * Refuses half a pair. The SDK would ignore it and take credentials from elsewhere. With a profile it reads neither
 * half.
 */
function checkPairs(environment: NodeJS.ProcessEnv): void {
  if (environment.AWS_PROFILE) return
  const half = PAIRS.find(([there, missing]) => environment[there] && !environment[missing])
  if (half === undefined) return
  const [there, missing] = half
  throw new BatchQueryError('AUTHENTICATION', `${there} is set, but ${missing} is not`, {
    hint: 'Set both. Or unset both, so that a profile or a role counts.',
  })
}

/** In each pair, the first variable needs the second. */
const PAIRS = [
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'],
  ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN'],
] as const

/** Whether requests may have to go through a proxy. */
export const namesProxy = (environment: NodeJS.ProcessEnv): boolean =>
  ['https_proxy', 'http_proxy', 'all_proxy'].some(
    name => environment[name] || environment[name.toUpperCase()],
  )
