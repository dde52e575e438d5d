import { BatchQueryError } from '../errors/index.ts'
import {
  type BegunStaging,
  type ExportRecovery,
  objectsToCommit,
  type StagedExport,
} from '../journal/index.ts'
import { inParallel, quoted } from '../platform/index.ts'
import type { StageState, StageToken, Store } from '../store/store.ts'
import { type Destination, resolveDestination, uriOf } from './destination.ts'
import { removeNative } from './native/remove-native.ts'
import { isResultKey, manifestKey, parsePartKey, partKey } from './part-names.ts'
import { completePublication } from './publish.ts'
import { removeLeftovers } from './remove-leftovers.ts'

/** How many staged objects are inspected or aborted at once. */
const AT_ONCE = 16

/**
 * @param store the home store
 * @param strangersMs as `removeLeftovers` has it @default - 2 s
 */
export function recoveryIn(store: Store, strangersMs?: number): ExportRecovery {
  return {
    async complete(staged, journal) {
      const destination = recordedDestination(staged, store)
      await journal.write({ step: 'lock', uri: staged.uri })
      return withItsTokens(staged, () => completePublication(staged, destination, journal, 'elsewhere'))
    },
    async removeNative(uri, since, dialect) {
      await removeNative(resolveRecorded({ uri, owner: 'ID', tokens: [] }, store), since, dialect)
    },
    async abort(staged) {
      const { store: holder } = recordedDestination(staged, store)
      await withItsTokens(staged, () =>
        inParallel(objectsToCommit(staged), AT_ONCE, ({ token }) => holder.abort(token)),
      )
    },
    async isWhole({ uri, owner }, { parts }) {
      const { store: holder } = begunDestination({ uri, owner, tokens: parts.map(part => part.token) }, store)
      const states = new Set<StageState>()
      await inParallel(parts, AT_ONCE, async ({ token, bytes }) => {
        states.add(await holder.inspect(token, bytes))
      })
      return [...states].every(state => state === 'staged')
    },
    async removeBegun(leftover, isAlone) {
      const destination = begunDestination(leftover, store)
      const { owner, tokens, kept = [] } = leftover
      return removeLeftovers(
        destination,
        owner,
        { tokens, kept, hasBegun: tokens.length + kept.length > 0 },
        isAlone,
        strangersMs,
      )
    },
  }
}

/**
 * The destination of a recorded export. Any program may have written the record, so this checks that every part belongs to
 * the destination.
 *
 * @param store the home store
 * @throws RUN_RECORD_INVALID naming what is wrong
 */
export function recordedDestination(staged: StagedExport, store: Store): Destination {
  const destination = resolveRecorded(staged, store)
  if (destination.uri !== staged.uri) throw invalid(staged, 'uri', `the store reads it as ${destination.uri}`)
  const keys = keysOfParts(staged, destination)
  for (const [at, { token, uri }] of staged.parts.entries()) {
    if (!isTokenOf(destination, token) || token.key !== keys[at])
      throw invalid(staged, `parts.${at}.token`, `not the one of part ${at}`)
    if (uri !== uriOf(destination, token.key))
      throw invalid(staged, `parts.${at}.uri`, `not the one of part ${at}`)
  }
  const { stagedManifest } = staged
  if (stagedManifest === undefined) return destination
  const { token } = stagedManifest
  if (!isTokenOf(destination, token) || token.key !== manifestKey(destination.prefix))
    throw invalid(staged, 'stagedManifest.token', 'not the one of the manifest')
  return destination
}

/** The keys that the parts must have: in each partition of each range they are numbered from 0, and all have the extension of the first part. */
function keysOfParts({ parts, single }: StagedExport, { prefix }: Destination): readonly (string | null)[] {
  const counts = new Map<string, number>()
  const { extension = '' } = parsePartKey(prefix, parts.at(0)?.token.key ?? '') ?? {}
  return parts.map(({ token }, at) => {
    if (single) return at === 0 ? prefix : null
    const name = parsePartKey(prefix, token.key)
    if (name === null) return null
    const { partition, range } = name
    const series = `${range}/${partition}`
    const index = counts.get(series) ?? 0
    counts.set(series, index + 1)
    return partKey(prefix, index, extension, partition, range)
  })
}

function begunDestination(begun: BegunStaging, store: Store): Destination {
  const destination = resolveRecorded(begun, store)
  if (destination.uri !== begun.uri) throw invalid(begun, 'uri', `the store reads it as ${destination.uri}`)
  const foreign = begun.tokens.findIndex(
    token => !isTokenOf(destination, token) || !isResultKey(destination.prefix, token.key),
  )
  if (foreign !== -1) throw invalid(begun, `tokens.${foreign}`, 'not the token of a part')
  return destination
}

const isTokenOf = ({ store, bucket }: Destination, token: StageToken): boolean =>
  store.hasIssued(token) && token.bucket === bucket

/** @throws RUN_RECORD_INVALID for a token that no store issued */
async function withItsTokens<T>(staged: StagedExport, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (thrown) {
    if (!(thrown instanceof BatchQueryError) || thrown.code !== 'KEY_INVALID') throw thrown
    throw invalid(staged, 'token', thrown.message, thrown)
  }
}

function resolveRecorded(recorded: StagedExport | BegunStaging, store: Store): Destination {
  try {
    // Recorded URIs are absolute.
    return resolveDestination(recorded.uri, { store, folder: '/' })
  } catch (cause) {
    throw invalid(recorded, 'uri', BatchQueryError.from(cause).message, cause)
  }
}

const invalid = (
  recorded: StagedExport | BegunStaging,
  field: string,
  reason: string,
  cause?: unknown,
): BatchQueryError =>
  new BatchQueryError(
    'RUN_RECORD_INVALID',
    `cannot use ${objectOf(recorded)} for ${quoted(recorded.uri)}: ${field}: ${reason}`,
    {
      hint: 'Restore the object, or start a new run: `batchquery rerun RUN`. A program other than batchquery wrote it.',
      cause,
    },
  )

/** Names the object by its run, which is the owner of each part. */
const objectOf = (recorded: StagedExport | BegunStaging): string =>
  'tokens' in recorded
    ? `an object of runs/${recorded.owner}/exports/`
    : `an object of runs/${recorded.parts[0]?.token.owner ?? 'ID'}/exports/`
