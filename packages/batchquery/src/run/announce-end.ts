import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import { describeRun } from './described-run.ts'
import { notifiedKey } from './keys.ts'
import type { LogWriter } from './log-writer.ts'
import type { OwnersHome } from './owners-home.ts'
import type { RunRecord } from './record.ts'

/**
 * Sends the notifications of a run whose record has its end, at most once for each run: the process that creates `runs/<id>/notified`
 * sends them. If that process dies before it has sent them, no other process does. Never rejects, because the run has ended.
 *
 * @param logWriter of the log of the run, which is complete but for the warnings of this function. A follower may not see them.
 */
export async function announceEnd(
  { store, bucket, notifier }: Pick<OwnersHome, 'store' | 'bucket' | 'notifier'>,
  record: RunRecord,
  log: Log,
  logWriter: LogWriter,
  stop: AbortSignal,
): Promise<void> {
  if (notifier === null || !notifier.wants(record)) return
  const { id } = record
  const detachLog = log.attach(logWriter.append)
  try {
    if (!(await store.create({ bucket, key: notifiedKey(id) }, new Uint8Array()))) return
    await notifier.send(await describeRun({ ...record, dead: false }, store, bucket), log, stop)
  } catch (thrown) {
    log.warn(`the end of run ${id} is not notified: ${BatchQueryError.from(thrown).message}`)
  }
  detachLog()
  // Without further entries, this writes nothing.
  await logWriter.close().catch(() => {})
}
