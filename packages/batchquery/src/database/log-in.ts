import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { Credentials, Identity, RefusedLogin } from './credentials.ts'
import { type Limits, within } from './within.ts'

/** One attempt to log in, for the driver's code. */
export interface LoginAttempt {
  readonly identity: Identity
  /** The driver must call it when the server asks for the secret itself. */
  readonly clearTextAsked: () => void
}

/** A connection of one attempt. */
export interface Opened<T> {
  /** Logs in, and does the work of the connection. */
  readonly begin: () => Promise<T>
  /** Ends the connection at once. */
  readonly destroy: () => void
}

/** How to wait for a server that refuses logins for a while, because it starts or was paused. */
export interface Patience {
  /** How long a login is tried again. Milliseconds. */
  readonly retryMs: number
  /** Takes a sentence for the user after the first failed attempt, and after every attempt that fails differently. */
  readonly tell: (text: string) => void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5_000
/** These errors do not pass: the name or the socket does not exist. */
const LASTING = ['ENOTFOUND', 'ENOENT']

/**
 * Logs in. If the server refuses the credentials and there are new ones, it tries once more. With patience it also tries again while it
 * cannot reach the server.
 *
 * @param open makes the connection of an attempt
 * @param host for the message
 * @param limits end everything, the reading of the credentials too
 * @param patience null to fail with the first attempt
 * @throws the errors of the credentials and of the attempts; AUTHENTICATION as the credentials explain it; the signal's reason;
 *   DATABASE_UNREACHABLE if it takes too long
 */
export async function logIn<T>(
  credentials: Credentials,
  open: (attempt: LoginAttempt) => Promise<Opened<T>>,
  host: string,
  limits: Limits,
  patience: Patience | null = null,
): Promise<T> {
  let destroy = (): void => {}
  const givenUp = new AbortController()
  const tryOnce = async (identity: Identity): Promise<Outcome<T>> => {
    let askedForClearText = false
    const clearTextAsked = (): void => {
      askedForClearText = true
    }
    const opened = await open({ identity, clearTextAsked })
    destroy = opened.destroy
    // The caller has stopped waiting, and would not end this connection.
    if (givenUp.signal.aborted) destroy()
    try {
      return { isIn: true, value: await opened.begin() }
    } catch (thrown) {
      destroy()
      const error = BatchQueryError.from(thrown)
      if (error.code !== 'AUTHENTICATION' || givenUp.signal.aborted) throw thrown
      return { isIn: false, refused: { identity, error, askedForClearText } }
    }
  }
  const once = async (): Promise<T> => {
    const first = await tryOnce(await credentials.read(givenUp.signal))
    if (first.isIn) return first.value
    const other = await credentials.renew(first.refused.identity, givenUp.signal)
    if (other === null) throw credentials.explain(first.refused)
    const second = await tryOnce(other)
    if (second.isIn) return second.value
    throw credentials.explain(second.refused)
  }
  const work = () => (patience === null ? once() : patiently(once, patience, givenUp.signal))
  return within(limits, host, work, () => {
    givenUp.abort()
    destroy()
  })
}

/** @throws the error of the last attempt */
async function patiently<T>(
  once: () => Promise<T>,
  { retryMs, tell }: Patience,
  signal: AbortSignal,
): Promise<T> {
  const begun = performance.now()
  let told = ''
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await once()
    } catch (thrown) {
      const error = BatchQueryError.from(thrown)
      const remainingMs = retryMs - (performance.now() - begun) - pauseMs
      if (signal.aborted || !mayPass(error) || remainingMs <= 0) throw thrown
      if (told !== error.message)
        tell(`${error.message}; trying again for ${Math.ceil(remainingMs / 1000)} s`)
      told = error.message
      await sleep(pauseMs, undefined, { signal })
    }
  }
}

function mayPass({ code, cause }: BatchQueryError): boolean {
  const isLasting = cause instanceof Error && 'code' in cause && LASTING.includes(String(cause.code))
  return code === 'DATABASE_UNREACHABLE' && !isLasting
}

type Outcome<T> =
  | { readonly isIn: true; readonly value: T }
  | { readonly isIn: false; readonly refused: RefusedLogin }
