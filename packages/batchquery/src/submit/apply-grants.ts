import { openDatabase } from '../config/index.ts'
import type { DataApiPlace } from '../database/data-api.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Log, newRunId } from '../platform/index.ts'
import type { GrantStatement } from '../sql/grants.ts'

/** The way of the statements to a server, as its administrator. */
export type Administrator =
  | { readonly kind: 'data api'; readonly place: DataApiPlace }
  | {
      readonly kind: 'url'
      readonly url: string
      readonly environment: NodeJS.ProcessEnv
      readonly folder: string
    }

/** An open connection to the server. */
interface Way {
  execute(sql: string): Promise<unknown>
  close(): Promise<void>
}

/**
 * Runs the statements in their order, and logs each before it runs. It stops at the first failure.
 *
 * @throws as `DataApi.execute`, or `Database.connect` and `Session.execute`; the message has the statement
 */
export async function applyGrants(
  statements: readonly GrantStatement[],
  administrator: Administrator,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const way = await open(administrator, log, signal)
  try {
    for (const [at, { sql }] of statements.entries()) {
      log.info(`${sql};`)
      await way.execute(sql).catch((thrown: unknown) => {
        signal.throwIfAborted()
        throw naming(`statement ${at + 1} of ${statements.length}, ${sql}`, BatchQueryError.from(thrown))
      })
    }
  } finally {
    await way.close()
  }
}

const naming = (
  statement: string,
  { code, message, hint, retryable, cause }: BatchQueryError,
): BatchQueryError =>
  new BatchQueryError(code, `Cannot apply ${statement}: ${message}`, {
    ...(hint !== null && { hint }),
    retryable,
    cause,
  })

async function open(administrator: Administrator, log: Log, signal: AbortSignal): Promise<Way> {
  if (administrator.kind === 'data api') {
    const { DataApi } = await import('../database/data-api.ts')
    const api = new DataApi(administrator.place)
    return { execute: sql => api.execute(sql, signal), close: async () => {} }
  }
  const { url, environment, folder } = administrator
  const database = await openDatabase(url, environment, folder)
  const session = await database.connect(`batchquery ${newRunId(new Date())}`, signal, text => log.info(text))
  // An interruption also ends the statement on the server.
  const stop = (): void => void session.cancel().catch(() => {})
  signal.addEventListener('abort', stop)
  return {
    execute: sql => session.execute(sql, 0),
    close: async () => {
      signal.removeEventListener('abort', stop)
      await session.close()
    },
  }
}
