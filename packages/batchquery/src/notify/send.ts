import { setTimeout } from 'node:timers/promises'
import { addressFault, type Notification, secretsOfAddress } from '../config/index.ts'
import { SecretValues } from '../database/secret-value.ts'
import { BatchQueryError } from '../errors/index.ts'
import { isSecretReference, type Log, parseSecretReference } from '../platform/index.ts'
import type { DescribedRun } from '../run/index.ts'
import { post } from './post.ts'
import { type NotifyingProcess, runCommand } from './run-command.ts'
import { slackText } from './slack-text.ts'
import { Undelivered } from './undelivered.ts'

/** Milliseconds. */
export interface SendLimits {
  /** For all tries and pauses. */
  readonly totalMs: number
  /** For all of them if the process must stop: it is killed 23 s after SIGTERM. */
  readonly hurriedMs: number
  /** For one request. */
  readonly tryMs: number
  /** The pauses between the tries. */
  readonly pausesMs: readonly number[]
}

const LIMITS: SendLimits = { totalMs: 30_000, hurriedMs: 10_000, tryMs: 8_000, pausesMs: [1_000, 3_000] }

interface Sending extends NotifyingProcess {
  readonly log: Log
  /** See `Notifier.send`. */
  readonly stop: AbortSignal
  /** @default - 30 s in all */
  readonly limits?: SendLimits
}

/** Sends the document of a run to its receivers, to all at once. Never rejects: a failure is a warning in the log. */
export async function sendAll(
  notifications: readonly Notification[],
  run: DescribedRun,
  sending: Sending,
): Promise<void> {
  const { stop, limits = LIMITS } = sending
  const time = AbortSignal.timeout(stop.aborted ? limits.hurriedMs : limits.totalMs)
  const signal = stop.aborted ? time : AbortSignal.any([time, stop])
  await Promise.all(notifications.map(each => sendOne(each, run, { ...sending, limits, signal })))
}

type Bounded = Required<Sending> & { readonly signal: AbortSignal }

async function sendOne(notification: Notification, run: DescribedRun, sending: Bounded): Promise<void> {
  const { log, signal } = sending
  let name = `notify ${notification.kind}`
  try {
    const receiver = await receiverOf(notification, run, sending)
    name = `${name} ${receiver.name}`
    await withRetries(receiver, sending)
    log.debug(`${name}: has taken the end of run ${run.id}`)
  } catch (thrown) {
    const why = signal.aborted ? `no time is left. ${messageOf(thrown)}` : messageOf(thrown)
    log.warn(
      `${name}: ${why}`,
      thrown instanceof Undelivered ? thrown.hint : BatchQueryError.from(thrown).hint,
    )
  }
}

const messageOf = (thrown: unknown): string =>
  thrown instanceof Undelivered ? thrown.message : BatchQueryError.from(thrown).message

interface Receiver {
  /** For messages: without a token. */
  readonly name: string
  /** @throws Undelivered */
  send(signal: AbortSignal): Promise<void>
}

/** @throws CONFIG for an unusable address in a secret; as `SecretValues.read` */
async function receiverOf(
  notification: Notification,
  run: DescribedRun,
  sending: Bounded,
): Promise<Receiver> {
  const document = Buffer.from(`${JSON.stringify(run)}\n`)
  if (notification.kind === 'command') {
    const { command } = notification
    return { name: command[0], send: signal => runCommand(command, document, run.id, sending, signal) }
  }
  const { kind } = notification
  const url = new URL(await addressOf(notification, sending))
  const body = kind === 'slack' ? Buffer.from(JSON.stringify({ text: slackText(run) })) : document
  const { tryMs } = sending.limits
  return {
    name: `at ${url.host}`,
    send: signal => post(url, body, AbortSignal.any([signal, AbortSignal.timeout(tryMs)])),
  }
}

async function addressOf(
  { address }: Extract<Notification, { address: string }>,
  { log, signal }: Bounded,
): Promise<string> {
  if (!isSecretReference(address)) return address
  const reference = parseSecretReference(address, 'the address')
  const value = await new SecretValues().read(reference, 'the address', signal)
  for (const secret of secretsOfAddress(value)) log.addSecret(secret)
  const fault = addressFault(value)
  if (fault === null) return value
  throw new BatchQueryError('CONFIG', `the address in the secret ${reference.arn} ${fault}`)
}

async function withRetries({ send }: Receiver, { signal, limits }: Bounded): Promise<void> {
  for (const pauseMs of limits.pausesMs) {
    try {
      return await send(signal)
    } catch (thrown) {
      if (!(thrown instanceof Undelivered) || !thrown.mayPass || signal.aborted) throw thrown
      await setTimeout(pauseMs, undefined, { signal }).catch(() => {
        throw thrown
      })
    }
  }
  return send(signal)
}
