/** How much memory each column of one writer may use. */
export interface ColumnLimits {
  readonly pageBytes: number
  readonly pageRows: number
  readonly dictionaryEntries: number
  readonly dictionaryBytes: number
}

/** How much memory one writer may use. */
export interface WriterLimits {
  readonly column: ColumnLimits
  /** Compressed pages in memory. */
  readonly heldBytes: number
  /** The end of a part, which stays in memory until then. */
  readonly footerBytes: number
}

const MIB = 1 << 20
/** The memory of a process that exports wide rows to a file on S3. */
export const USUAL_MEMORY = 256 * MIB
/** The process itself, and the blocks on their way to the store. */
const PROCESS_BYTES = 128 * MIB
const LEAST_BYTES = 48 * MIB
/** A process with less memory writes no Parquet file. */
export const LEAST_MEMORY = PROCESS_BYTES + LEAST_BYTES
/** The objects of a column and its chunks. */
const COLUMN_BYTES = 8 * 1024

const PAGE_BYTES = MIB
const LEAST_PAGE_BYTES = 8192
const PAGE_ROWS = 20_000
const LEAST_PAGE_ROWS = 1024
const DICTIONARY_ENTRIES = 32_768
const LEAST_DICTIONARY_BYTES = 2048
/** The memory of an entry, in addition to its bytes. */
const ENTRY_BYTES = 48

/**
 * The limits of a writer with this many columns, which share the memory. Open pages take a quarter of it, dictionaries a
 * quarter, and compressed pages the rest.
 *
 * @param memoryBytes of the whole process
 */
export function limitsFor(columns: number, memoryBytes = USUAL_MEMORY): WriterLimits {
  const own = Math.max(LEAST_BYTES, memoryBytes - PROCESS_BYTES - columns * COLUMN_BYTES)
  const share = own / 4 / columns
  const pageBytes = Math.floor(Math.min(PAGE_BYTES, Math.max(LEAST_PAGE_BYTES, share)))
  const dictionaryShare = Math.max(LEAST_DICTIONARY_BYTES, share)
  return {
    column: {
      pageBytes,
      pageRows: Math.min(PAGE_ROWS, Math.max(LEAST_PAGE_ROWS, pageBytes >> 3)),
      dictionaryEntries: Math.min(DICTIONARY_ENTRIES, Math.floor(dictionaryShare / ENTRY_BYTES)),
      dictionaryBytes: Math.min(MIB, Math.floor(dictionaryShare / 2)),
    },
    heldBytes: Math.floor(own / 2),
    footerBytes: Math.floor(own / 8),
  }
}

/** The memory of the whole process that suffices for row groups of a size. */
export const memoryFor = (groupBytes: number): number =>
  Math.max(USUAL_MEMORY, PROCESS_BYTES + 2 * groupBytes)
