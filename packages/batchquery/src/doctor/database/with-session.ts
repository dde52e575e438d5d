import { openDatabase } from '../../config/index.ts'
import type { Session } from '../../database/database.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Place } from '../place.ts'

/** For a question that a server answers at once, unless another session has a lock on its subject. */
const ANSWER_MS = 30_000

type SessionPlace = Pick<Place, 'id' | 'settings' | 'environment' | 'folder'>

/** The mark of the sessions of this check in the server's list. */
const markOf = ({ id }: Pick<Place, 'id'>): string => `batchquery ${id}`

/**
 * Does a small piece of work in a session of its own, so that no check breaks the session of another one. It cancels the work on the server
 * when the signal is aborted, or if the work takes too long.
 *
 * @throws what the login and the work throw; TIMEOUT; the signal's reason
 */
export async function withSession<T>(
  place: SessionPlace,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { settings, environment, folder } = place
  const database = await openDatabase(settings.database, environment, folder)
  const session = await database.connect(markOf(place), signal)
  let cancelling: Promise<void> | null = null
  const cancel = (): void => {
    // If the cancel fails, the work ends with an error of its own.
    cancelling ??= session.cancel().catch(() => {})
  }
  const late = AbortSignal.timeout(ANSWER_MS)
  const ended = AbortSignal.any([signal, late])
  ended.addEventListener('abort', cancel)
  try {
    return await work(session)
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    throw late.aborted ? tooLong(database.host) : thrown
  } finally {
    ended.removeEventListener('abort', cancel)
    await cancelling
    await session.close()
  }
}

const tooLong = (host: string): BatchQueryError =>
  new BatchQueryError('TIMEOUT', `${host} did not answer a small query within ${ANSWER_MS / 1000} s`, {
    hint: 'Check the server for a lock, a full disk and its load.',
  })
