import { resolve } from 'node:path'
import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { isLoopbackHost, isSecretReference, parseSecretReference, quoted } from '../platform/index.ts'

/** One receiver of the ends of runs. */
export type Notification = { readonly on: 'ended' | 'failed' } & (
  | {
      readonly kind: 'slack' | 'url'
      /** An HTTPS address, or `secret:ARN` of one. It may contain a token. */
      readonly address: string
    }
  | {
      readonly kind: 'command'
      /** The program and its arguments. */
      readonly command: readonly [string, ...string[]]
    }
)

const MOST = 10
const FORMS =
  '{ slack: ADDRESS }, { url: ADDRESS } or { command: [PROGRAM, ARGUMENT] }, each with on: failed or on: ended'

/** Our own messages: they never contain an address. */
const entry = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, Notification>(({ dataset, addIssue, NEVER }) => {
    const read = parseEntry(dataset.value)
    if (typeof read !== 'string') return read
    addIssue({ message: read })
    return NEVER
  }),
)

/** `notify:` in batchquery.yaml: one receiver, or a list of them. */
export const notificationsSchema = v.pipe(
  v.unknown(),
  v.transform(value => (Array.isArray(value) ? value : [value])),
  v.pipe(v.array(entry), v.maxLength(MOST, `has more than ${MOST} entries`)),
)

function parseEntry(value: unknown): Notification | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `expected ${FORMS}`
  const {
    on = 'ended',
    slack,
    url,
    command,
    ...others
  } = { on: undefined, slack: undefined, url: undefined, command: undefined, ...value }
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return /^\w{1,64}$/.test(unknown) ? `unknown key ${unknown}` : 'unknown key'
  if (on !== 'ended' && on !== 'failed') return 'on: expected failed or ended'
  const given = [slack, url, command].filter(part => part !== undefined)
  if (given.length !== 1) return `expected ${FORMS}`
  if (command !== undefined)
    return isCommand(command)
      ? { kind: 'command', command, on }
      : 'command: expected a list of texts: [PROGRAM, ARGUMENT]'
  const kind = slack === undefined ? 'url' : 'slack'
  const address = slack ?? url
  if (typeof address !== 'string') return `${kind}: expected an address`
  const fault = isSecretReference(address) ? referenceFault(address) : addressFault(address)
  return fault === null ? { kind, address, on } : `${kind}: the address ${fault}`
}

const isCommand = (value: unknown): value is [string, ...string[]] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value[0] !== '' &&
  value.every(part => typeof part === 'string' && !part.includes('\0'))

function referenceFault(reference: string): string | null {
  try {
    parseSecretReference(reference, 'notify')
    return null
  } catch {
    return 'is not a secret:ARN of Secrets Manager'
  }
}

/** Returns why nothing is sent to an address; null if it can be. The text never contains the address. */
export function addressFault(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null) return 'is not a URL: write https://HOST/PATH, or secret:ARN'
  if (url.username !== '' || url.password !== '') return 'has a user or a password: put a token into its path'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(host))) return null
  return 'does not begin with https://, and only an address of this machine may begin with http://'
}

/** A shorter part of an address is not a token, and masking it would hide too many other words. */
const LEAST_TOKEN = 16

/** The parts of an address that may be tokens: no log shows them. */
export function secretsOfAddress(address: string): string[] {
  // An ARN is not a secret.
  const url = !isSecretReference(address) && URL.canParse(address) ? new URL(address) : null
  if (url === null) return []
  const written = [...url.pathname.split('/'), ...url.search.split(/[?&=]/)]
  return [...written, ...url.searchParams.values()].filter(part => part.length >= LEAST_TOKEN)
}

/** The variable that passes the receivers to a runner. It has the form of `notify:`, as JSON. */
const VARIABLE = 'BATCHQUERY_NOTIFY'
const json = v.pipe(v.string(), v.parseJson(), notificationsSchema)

/** The receivers that the environment names; undefined if it names none. @throws CONFIG */
export function givenNotifications(environment: NodeJS.ProcessEnv): readonly Notification[] | undefined {
  const text = environment[VARIABLE]
  if (!text) return undefined
  const { success, output, issues } = v.safeParse(json, text, { abortEarly: true })
  if (success) return output
  const why = issues[0].type === 'parse_json' ? 'is not JSON' : issues[0].message
  throw new BatchQueryError('CONFIG', `${VARIABLE}: ${why}`, {
    hint: `Write it as in ${VARIABLE}='[{"slack":"secret:ARN","on":"failed"}]'.`,
  })
}

/** Empty without receivers, so that a runner does not inherit those of its parent. */
export const notificationsEnvironment = (notifications: readonly Notification[]): Record<string, string> => ({
  [VARIABLE]: notifications.length === 0 ? '' : JSON.stringify(notifications.map(written)),
})

const written = (notification: Notification) =>
  notification.kind === 'command'
    ? { command: notification.command, on: notification.on }
    : { [notification.kind]: notification.address, on: notification.on }

/** Makes the paths of programs absolute: those with a slash start at the folder. The system searches for any other program. */
export const anchorNotifications = (notifications: readonly Notification[], folder: string): Notification[] =>
  notifications.map(notification => {
    if (notification.kind !== 'command') return notification
    const [program, ...args] = notification.command
    return { ...notification, command: [program.includes('/') ? resolve(folder, program) : program, ...args] }
  })

/** Refuses programs for a runner that does not run as a process of this machine. @throws CONFIG */
export function refuseCommands(notifications: readonly Notification[], engine: string): void {
  if (!notifications.some(({ kind }) => kind === 'command')) return
  throw new BatchQueryError(
    'CONFIG',
    `notify: command works only with the engine local, but this run uses ${engine}`,
    {
      hint: 'Write slack: or url: with an address, or run with --engine local.',
    },
  )
}

/** The variable for a runner on Fargate. @throws CONFIG for an address that would be visible with the ECS task */
export function remoteNotifications(notifications: readonly Notification[]): Record<string, string> {
  const open = notifications.find(each => each.kind !== 'command' && !isSecretReference(each.address))
  if (open !== undefined)
    throw new BatchQueryError(
      'CONFIG',
      `notify: the address of ${open.kind} would be visible with the ECS task`,
      {
        hint: `Keep it in AWS Secrets Manager and name it, as in ${open.kind}: ${quoted('secret:ARN')}. The task role needs secretsmanager:GetSecretValue.`,
      },
    )
  return notifications.length === 0 ? {} : notificationsEnvironment(notifications)
}
