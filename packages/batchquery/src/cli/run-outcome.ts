import type { Log } from '../platform/index.ts'
import type { RunRecord } from '../run/index.ts'
import type { Outcome } from './command.ts'
import type { Options } from './options.ts'
import { publishedParts, unlistedExports } from './run-text.ts'

/** What a command leaves that has started a run: its id where it is detached, otherwise the parts that it published. */
export function runOutcome(record: RunRecord, options: Options, log: Log): Outcome {
  const { id, endedAt, exitCode } = record
  if (options.detach && endedAt === null)
    log.info(`follow it with \`batchquery logs -f ${id}\`, end it with \`batchquery cancel ${id}\``)
  if (options.detach) return { document: record, text: id, exitCode: exitCode ?? 0 }
  for (const uri of unlistedExports(record)) log.warn(`of ${uri} only the first parts are listed`)
  return { document: record, text: publishedParts(record), exitCode: exitCode ?? 1 }
}
