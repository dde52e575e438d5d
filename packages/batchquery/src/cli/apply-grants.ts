import { openDatabase } from '../config/index.ts'
import type { DataApiPlace } from '../database/data-api.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Log, newRunId } from '../platform/index.ts'
import type { GrantStatement } from '../sql/grants.ts'

/** The administrator who applies the statements: by the RDS Data API, or by a login with a URL. */
export type Administrator =
  | { readonly kind: 'data api'; readonly place: DataApiPlace }
  | {
      readonly kind: 'url'
      readonly url: string
      readonly environment: NodeJS.ProcessEnv
      readonly folder: string
    }

interface AdminConnection {
  execute(sql: string): Promise<unknown>
  close(): Promise<void>
}

/**
 * Runs the statements in order, and logs each before it runs. Stops at the first that fails.
 *
 * @throws as `DataApi.execute`, or `Database.connect` and `Session.execute`; the message contains the statement
 */
export async function applyGrants(
  statements: readonly GrantStatement[],
  administrator: Administrator,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const connection = await open(administrator, log, signal)
  try {
    for (const [at, { sql }] of statements.entries()) {
      log.info(`${sql};`)
      await connection.execute(sql).catch((thrown: unknown) => {
        signal.throwIfAborted()
        throw withStatement(
          `statement ${at + 1} of ${statements.length}, ${sql}`,
          BatchQueryError.from(thrown),
        )
      })
    }
  } finally {
    await connection.close()
  }
}

const withStatement = (
  statement: string,
  { code, message, hint, retryable, cause }: BatchQueryError,
): BatchQueryError =>
  new BatchQueryError(code, `Cannot apply ${statement}: ${message}`, {
    ...(hint !== null && { hint }),
    retryable,
    cause,
  })

async function open(administrator: Administrator, log: Log, signal: AbortSignal): Promise<AdminConnection> {
  if (administrator.kind === 'data api') {
    const { DataApi } = await import('../database/data-api.ts')
    const api = new DataApi(administrator.place)
    return { execute: sql => api.execute(sql, signal), close: async () => {} }
  }
  const { url, environment, folder } = administrator
  const database = await openDatabase(url, environment, folder)
  const session = await database.connect(`batchquery ${newRunId(new Date())}`, signal, text => log.info(text))
  // An interruption ends the statement on the server, too.
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
