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

/**
 * Logs in, once more where the credentials were refused and others have come since.
 *
 * @param open makes the connection of an attempt
 * @param host for the message
 * @param limits what gives all of it up, the reading of the credentials too
 * @throws what the credentials and the attempts throw; AUTHENTICATION as the credentials explain it; the signal's reason;
 *   DATABASE_UNREACHABLE where it takes too long
 */
export async function logIn<T>(
  credentials: Credentials,
  open: (attempt: LoginAttempt) => Promise<Opened<T>>,
  host: string,
  limits: Limits,
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
  const work = async (): Promise<T> => {
    const first = await tryOnce(await credentials.read(givenUp.signal))
    if (first.isIn) return first.value
    const other = await credentials.renew(first.refused.identity, givenUp.signal)
    if (other === null) throw credentials.explain(first.refused)
    const second = await tryOnce(other)
    if (second.isIn) return second.value
    throw credentials.explain(second.refused)
  }
  return within(limits, host, work, () => {
    givenUp.abort()
    destroy()
  })
}

type Outcome<T> =
  | { readonly isIn: true; readonly value: T }
  | { readonly isIn: false; readonly refused: RefusedLogin }
