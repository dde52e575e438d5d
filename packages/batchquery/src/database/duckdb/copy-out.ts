import { join } from 'node:path'
import { copyStatement, type TextNeeds } from './copy-statement.ts'
import type { ExportableQuery } from './exportable-query.ts'
import { Fifo } from './fifo.ts'
import { withFifoFolder } from './fifo-folder.ts'
import type { InterruptibleStatement } from './interruptible-statement.ts'

const ROWS = 'rows'

/**
 * Runs a query and passes its rows on as canonical TEXT, in chunks whose memory belongs to `take`. While `take`
 * waits nothing is read: the pipe fills up and DuckDB waits as well.
 *
 * DuckDB has a streamed result, too, but if the query fails while it is read, it ends like a complete one. The
 * outcome of a COPY is certain.
 *
 * @param needs which text the rows are for
 * @returns how many rows DuckDB says it has written
 */
export async function copyOut(
  statement: InterruptibleStatement,
  query: ExportableQuery,
  needs: TextNeeds,
  take: (chunk: Buffer) => Promise<void>,
): Promise<number> {
  return withFifoFolder(statement.stopped, async folder => {
    await folder.add([ROWS])
    const path = join(folder.path, ROWS)
    const fifo = new Fifo(path)
    const copied = statement.connection
      .run(copyStatement(query, path, needs))
      .finally(() => fifo.endWriting())
    const [read, copy] = await Promise.allSettled([drain(statement, fifo, take), copied])
    fifo.close()
    // if both failed, the COPY failed because it was interrupted
    if (read.status === 'rejected') throw read.reason
    if (copy.status === 'rejected') throw copy.reason
    return copy.value.rowsChanged
  })
}

/** Reads to the end in every case, because a COPY that cannot write cannot be interrupted. */
async function drain(
  { connection, stopped }: InterruptibleStatement,
  { rows }: Fifo,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  let failure: { readonly error: unknown } | null = null
  for await (const chunk of rows) {
    if (stopped.aborted || failure !== null) continue
    try {
      await take(chunk)
    } catch (error) {
      failure = { error }
      connection.interrupt()
    }
  }
  if (failure !== null) throw failure.error
}
