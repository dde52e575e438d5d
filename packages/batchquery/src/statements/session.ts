import type { Database, Session } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { DatabaseSession } from '../run/index.ts'
import { type StringRules, stringRulesOf } from '../sql/index.ts'

/** How to open a session. */
export interface Opening {
  /** Lets others recognize the session and its statements on the server. */
  readonly mark: string
  /** Ends the login. */
  readonly signal: AbortSignal
  /** Takes a sentence while the server cannot be reached and the login is tried again. */
  readonly waiting: (text: string) => void
  /** Called before the first statement: records the session, so that another process can end it. */
  readonly opened?: (session: Session) => Promise<void>
}

/** Logs in. If `opened` fails, the session is closed again. @throws as `Database.connect` and `opened` */
export async function openSession(
  database: Database,
  { mark, signal, waiting, opened }: Opening,
): Promise<Session> {
  const session = await database.connect(mark, signal, waiting)
  try {
    await opened?.(session)
    return session
  } catch (thrown) {
    await session.close()
    throw thrown
  }
}

/**
 * Opens a session for `work` and closes it afterwards. When the signal aborts, or `work` fails, the running statement is stopped first.
 *
 * @param opening `warn` takes a sentence if the statement could not be stopped
 * @throws the signal's reason if it aborted; as `openSession` and `work`
 */
export async function withSession(
  database: Database,
  opening: Opening & { readonly warn: (text: string) => void },
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const { signal, warn } = opening
  const session = await openSession(database, opening)
  const stopping = stopOnAbort(session, signal, warn)
  try {
    await work(session)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    // The caller may have failed while rows were still coming. Without a running statement this does nothing.
    stopping.stop()
    throw error
  } finally {
    await stopping.done()
    await session.close()
  }
}

/** The stop of a statement. */
export interface Stopping {
  /** Stops the running statement now. */
  stop(): void
  /** Stops listening. Resolves when the server has confirmed a stop that began, or the stop has failed; never rejects. */
  done(): Promise<void>
}

/** Stops the running statement of a session once the signal aborts. @param warn takes a sentence if that fails */
export function stopOnAbort(session: Session, signal: AbortSignal, warn: (text: string) => void): Stopping {
  let stopped: Promise<void> | null = null
  const stop = (): void => {
    stopped ??= session.cancel().catch(thrown => {
      const { message } = BatchQueryError.from(thrown)
      warn(`cannot stop the statement of session ${session.id}, which may still be running: ${message}`)
    })
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  return {
    stop,
    done: async () => {
      signal.removeEventListener('abort', stop)
      await stopped
    },
  }
}

/** A session as run records name it. */
export function sessionRecord(
  { dialect, host, name }: Database,
  { id, server }: Pick<Session, 'id' | 'server'>,
): DatabaseSession {
  return { dialect, server: `${server.kind} ${server.version}`, host, name, session: id }
}

/** How a session reads strings now; null if it does not say. */
export const rulesNow = ({
  dialect,
  stringSetting,
}: Pick<Session, 'dialect' | 'stringSetting'>): StringRules | null => stringRulesOf(dialect, stringSetting)
