import { BatchQueryError } from '../errors/index.ts'
import type { Credentials, Identity, RefusedLogin } from './credentials.ts'

/** A login under way, as the driver's code sees it. */
export interface LoginAttempt {
  readonly identity: Identity
  /** To be called when the server asks for the secret itself. */
  readonly clearTextAsked: () => void
}

/**
 * Logs in, once more where the credentials were refused and others have come since.
 *
 * @param connect one attempt
 * @throws what `connect` throws; AUTHENTICATION and PERMISSION as the credentials explain them
 */
export async function logIn<T>(
  credentials: Credentials,
  connect: (attempt: LoginAttempt) => Promise<T>,
): Promise<T> {
  const identity = await credentials.read()
  const first = await attempt(identity, connect)
  if (first.isIn) return first.value
  const other = await credentials.renew(identity)
  if (other === null) throw credentials.explain(first)
  const second = await attempt(other, connect)
  if (second.isIn) return second.value
  throw credentials.explain(second)
}

type Outcome<T> = { readonly isIn: true; readonly value: T } | ({ readonly isIn: false } & RefusedLogin)

async function attempt<T>(
  identity: Identity,
  connect: (attempt: LoginAttempt) => Promise<T>,
): Promise<Outcome<T>> {
  let askedForClearText = false
  const clearTextAsked = (): void => {
    askedForClearText = true
  }
  try {
    return { isIn: true, value: await connect({ identity, clearTextAsked }) }
  } catch (thrown) {
    const error = BatchQueryError.from(thrown)
    if (error.code === 'AUTHENTICATION') return { isIn: false, error, askedForClearText }
    throw thrown
  }
}
