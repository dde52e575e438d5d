import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import type { StageToken, Store } from '../store/store.ts'
import { type Destination, partKey, uriOf } from './destination.ts'
import type { ExportJournal, StagedExport } from './journal.ts'
import { completePublication } from './publish.ts'
import { resolveDestination } from './resolve-destination.ts'

/** Settles exports that were staged by a process that died. All of it may be repeated, by another process too. */
export interface Recovery {
  /** @throws as `completePublication`, RUN_RECORD_INVALID as `recordedDestination` */
  complete(staged: StagedExport, journal: ExportJournal): Promise<void>
  /** @throws RUN_RECORD_INVALID as `recordedDestination` */
  abort(staged: StagedExport): Promise<void>
}

/** @param store what `s3://` stands for */
export function recoveryIn(store: Store): Recovery {
  return {
    async complete(staged, journal) {
      const destination = recordedDestination(staged, store)
      await journal.lock(staged.uri)
      await withItsTokens(staged, () => completePublication(staged, destination, journal))
    },
    async abort(staged) {
      const { store: holder } = recordedDestination(staged, store)
      for (const { token } of staged.parts) await withItsTokens(staged, () => holder.abort(token))
    },
  }
}

/**
 * The destination of an export that was read from a ledger, which anybody may have written: every part must be one
 * of this destination.
 *
 * @param store what `s3://` stands for
 * @throws RUN_RECORD_INVALID naming what is wrong
 */
export function recordedDestination(staged: StagedExport, store: Store): Destination {
  const destination = resolveRecorded(staged, store)
  if (destination.uri !== staged.uri) throw invalid(staged, 'uri', `it means ${destination.uri}`)
  const extension = /(?:\.gz|\.zst)?$/.exec(staged.parts[0]?.uri ?? '')?.[0] ?? ''
  for (const [at, { token, uri }] of staged.parts.entries()) {
    const key = partKey(destination.prefix, at, extension)
    if (token.kind !== destination.store.kind || token.bucket !== destination.bucket || token.key !== key)
      throw invalid(staged, `parts.${at}.token`, `not that of part ${at}`)
    if (uri !== uriOf(destination, key)) throw invalid(staged, `parts.${at}.uri`, `not that of part ${at}`)
  }
  return destination
}

/** @throws RUN_RECORD_INVALID for a token that no store made */
async function withItsTokens(staged: StagedExport, operation: () => Promise<void>): Promise<void> {
  try {
    await operation()
  } catch (thrown) {
    if (!(thrown instanceof BatchQueryError) || thrown.code !== 'KEY_INVALID') throw thrown
    throw invalid(staged, 'token', thrown.message, thrown)
  }
}

function resolveRecorded(staged: StagedExport, store: Store): Destination {
  try {
    // What is recorded is absolute.
    return resolveDestination(staged.uri, { store, folder: '/' })
  } catch (cause) {
    throw invalid(staged, 'uri', BatchQueryError.from(cause).message, cause)
  }
}

const invalid = (
  { uri, parts }: StagedExport,
  field: string,
  reason: string,
  cause?: unknown,
): BatchQueryError =>
  new BatchQueryError(
    'RUN_RECORD_INVALID',
    `${ledgerOf(parts[0]?.token)} has of ${quoted(uri)}: ${field}: ${reason}`,
    {
      hint: 'Somebody else than batchquery wrote the ledger. Restore it, or run the task again as a new run.',
      cause,
    },
  )

/** The owner of a part is the run. */
const ledgerOf = (token: StageToken | undefined): string =>
  `cannot use what the ledger runs/${token?.owner ?? 'ID'}/parts-NNNN.json`
