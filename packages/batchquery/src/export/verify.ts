import { isDeepStrictEqual } from 'node:util'
import { BatchQueryError } from '../errors/index.ts'
import { formatNamed, type PartCheck, type PartColumn, type PartReader } from '../format/index.ts'
import type { StagedExport, StagedPart } from '../journal/index.ts'
import { quoted } from '../platform/index.ts'
import { readBounded, readRange } from '../store/read-bounded.ts'
import { describedDifference, statisticsDifference } from './described-difference.ts'
import { type Destination, uriOf } from './destination.ts'
import { partListings } from './earlier-result.ts'
import { agrees, mostManifestBytes } from './manifest.ts'
import { manifestKey } from './part-names.ts'
import { readPart } from './read-part.ts'

/** A difference between a destination and the result that was published there. */
export interface Difference {
  readonly uri: string
  /** A sentence that describes it. */
  readonly message: string
}

export type ReadingProgress = (rows: number, bytes: number, parts: number) => void

/**
 * Reads a published result and compares it with its record: every part exists with its size and SHA-256, there is no other
 * part, and the manifest agrees, if there is one. An equal SHA-256 means equal rows. A part that describes itself must also agree
 * with itself, with its count of rows in the record, with the columns of the first part, and with what MANIFEST VERBOSE says of it.
 *
 * @throws the store's errors
 */
export async function* verifyExport(
  published: StagedExport,
  destination: Destination,
  progress: ReadingProgress,
): AsyncGenerator<Difference> {
  const { reader } = formatNamed(published.format)
  let columns: readonly PartColumn[] | null = null
  for (const part of published.parts) {
    const inspection = new Inspection(reader, part, destination, { first: columns, published })
    const message = await partDifference(part, destination, inspection, progress)
    columns ??= inspection.columns
    if (message !== null) yield { uri: part.uri, message }
  }
  const ours = new Set(published.parts.map(({ token }) => token.key))
  for (const listing of partListings(destination, published))
    for await (const { key } of listing) {
      if (ours.has(key)) continue
      const uri = uriOf(destination, key)
      yield { uri, message: `${uri} is an extra part that the run did not publish` }
    }
  const message = await manifestDifference(published, destination)
  if (message !== null) yield { uri: uriOf(destination, manifestKey(destination.prefix)), message }
}

async function partDifference(
  part: StagedPart,
  destination: Destination,
  inspection: Inspection,
  progress: ReadingProgress,
): Promise<string | null> {
  try {
    for await (const chunk of readPart(part, destination, () => inspection.begin())) {
      inspection.add(chunk)
      progress(0, chunk.length, 0)
    }
    progress(part.rows, 0, 1)
  } catch (thrown) {
    const message = verificationMessage(thrown)
    return inspection.fault === null ? message : `${message}; ${inspection.fault}`
  }
  inspection.end()
  if (inspection.fault === null) return null
  return `${part.uri} has the published bytes, but they are wrong: ${inspection.fault}. Report this defect of batchquery.`
}

/** The message of a VERIFICATION. Throws other errors again. */
function verificationMessage(thrown: unknown): string {
  if (thrown instanceof BatchQueryError && thrown.code === 'VERIFICATION') return thrown.message
  throw thrown
}

/** What the columns of a part must agree with. */
interface ExpectedColumns {
  /** The columns of the first part; null if it is the first one. */
  readonly first: readonly PartColumn[] | null
  readonly published: StagedExport
}

/** The check of a part that describes itself. It ends with the first fault. For other parts it does nothing. */
class Inspection {
  fault: string | null = null
  columns: readonly PartColumn[] | null = null
  readonly #reader: PartReader | null
  readonly #part: StagedPart
  readonly #destination: Destination
  readonly #expected: ExpectedColumns
  #check: PartCheck | null = null

  constructor(
    reader: PartReader | null,
    part: StagedPart,
    destination: Destination,
    expected: ExpectedColumns,
  ) {
    this.#reader = reader
    this.#part = part
    this.#destination = destination
    this.#expected = expected
  }

  async begin(): Promise<void> {
    const { token } = this.#part
    const read = (start: number, length: number) => readRange(this.#destination.store, token, start, length)
    try {
      this.#check = (await this.#reader?.check(this.#part, read)) ?? null
    } catch (thrown) {
      this.fault = verificationMessage(thrown)
      return
    }
    this.columns = this.#check?.columns ?? null
    const { first, published } = this.#expected
    this.fault = differenceOf(this.columns, first) ?? this.#describedFault(published.described)
  }

  #describedFault(described: StagedExport['described']): string | null {
    if (this.#check === null || described === undefined) return null
    const { columns, statistics } = this.#check
    return (
      describedDifference(columns, described) ??
      statisticsDifference(columns, statistics, this.#part.statistics)
    )
  }

  add(bytes: Uint8Array): void {
    this.#try(check => check.add(bytes))
  }

  end(): void {
    this.#try(check => check.end())
  }

  #try(step: (check: PartCheck) => void): void {
    if (this.#check === null || this.fault !== null) return
    try {
      step(this.#check)
    } catch (thrown) {
      this.fault = verificationMessage(thrown)
    }
  }
}

function differenceOf(
  columns: readonly PartColumn[] | null,
  first: readonly PartColumn[] | null,
): string | null {
  if (columns === null || first === null || isDeepStrictEqual(columns, first)) return null
  const text = (column: PartColumn | undefined) => (column ? `${quoted(column.name)} ${column.type}` : 'none')
  const at = columns.findIndex((column, index) => !isDeepStrictEqual(column, first[index]))
  const index = at === -1 ? columns.length : at
  return `column ${index + 1} is ${text(columns[index])}, but in the first part it is ${text(first[index])}`
}

async function manifestDifference(published: StagedExport, destination: Destination): Promise<string | null> {
  const { store, bucket, prefix } = destination
  const key = manifestKey(prefix)
  const uri = uriOf(destination, key)
  if (published.manifest === null) {
    const isThere = (await store.head({ bucket, key })) !== null
    return isThere ? `${uri} is a manifest that the run did not publish` : null
  }
  const bytes = await readBounded(store, { bucket, key }, mostManifestBytes(published, prefix))
  if (bytes === null) return `${uri} is missing`
  const isAgreed = bytes !== 'too large' && agrees(bytes, published, prefix)
  if (isAgreed) return null
  const what = published.described === undefined ? 'name the parts that' : 'agree with what'
  return `${uri} does not ${what} the run published`
}
