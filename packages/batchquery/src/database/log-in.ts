import { setTimeout as sleep } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { Credentials, Identity, RefusedLogin } from './credentials.ts'
import { type Limits, within } from './within.ts'

/** What an attempt to log in is made of, for the driver's code. */
export interface LoginAttempt {
  readonly identity: Identity
  /** To be called when the server asks for the secret itself. */
  readonly clearTextAsked: () => void
}

/** A connection of one attempt. */
export interface Opened<T> {
  /** Logs in, and does what the connection is for. */
  readonly begin: () => Promise<T>
  /** Ends the connection at once, whatever it is at. */
  readonly destroy: () => void
}

/** What may refuse logins for a while: a server that starts, and a cluster that was paused. */
export interface Patience {
  /** How long it is tried again. Milliseconds. */
  readonly retryMs: number
  /** Takes a sentence for people, when the first attempt has failed and after every different failure. */
  readonly tell: (text: string) => void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5_000
/** Names and sockets do not come by waiting. */
const LASTING = ['ENOTFOUND', 'ENOENT']

/**
 * Logs in, once more where the credentials were refused and others have come since. With patience it is tried again as
 * long as no server can be reached.
 *
 * @param open makes the connection of an attempt
 * @param host for the message
 * @param limits what gives all of it up, the reading of the credentials too
 * @param patience null to fail with the first attempt
 * @throws what the credentials and the attempts throw; AUTHENTICATION as the credentials explain it; the signal's reason;
 *   DATABASE_UNREACHABLE where it takes too long
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
    // Nobody waits for it any more, and nobody would end it.
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

/** @throws what the last attempt threw */
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
