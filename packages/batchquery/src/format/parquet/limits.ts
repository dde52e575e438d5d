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
/** The memory of a process that exports columns. */
const USUAL_MEMORY = 256 * MIB
/** The process itself, and the blocks on their way to the store. */
const PROCESS_BYTES = 128 * MIB
const LEAST_BYTES = 48 * MIB
/** The least memory of a process that exports columns. */
export const LEAST_MEMORY = PROCESS_BYTES + LEAST_BYTES
/** The objects of a column and of its chunks, and those of earlier groups that wait for the collector. */
const COLUMN_BYTES = 16 * 1024

const PAGE_BYTES = MIB
const LEAST_PAGE_BYTES = 8192
const PAGE_ROWS = 20_000
const LEAST_PAGE_ROWS = 1024
const DICTIONARY_ENTRIES = 32_768
const LEAST_DICTIONARY_BYTES = 2048
/** Pages that wait for the thread pool. */
const WAITING_PAGES = 8
const LEAST_HELD_BYTES = 16 * MIB
/** The memory of an entry, in addition to its bytes. */
const ENTRY_BYTES = 48

/** The memory that a process needs for row groups of this size: while one is sent, the next one is collected. */
export const memoryFor = (groupBytes: number): number =>
  Math.max(USUAL_MEMORY, PROCESS_BYTES + 2 * groupBytes)

/**
 * The limits of a writer with this many columns, which share the memory. Open pages take at most a quarter of it, dictionaries
 * an eighth, and compressed pages the rest.
 *
 * @param memoryBytes of the whole process
 */
export function limitsFor(columns: number, memoryBytes = USUAL_MEMORY): WriterLimits {
  const own = Math.max(LEAST_BYTES, memoryBytes - PROCESS_BYTES - columns * COLUMN_BYTES)
  const pageBytes = Math.floor(Math.min(PAGE_BYTES, Math.max(LEAST_PAGE_BYTES, own / 4 / columns)))
  const most = 2 * MIB + DICTIONARY_ENTRIES * ENTRY_BYTES
  const dictionaryShare = Math.min(most, Math.max(LEAST_DICTIONARY_BYTES, own / 8 / columns))
  const collecting = columns * (pageBytes + dictionaryShare) + WAITING_PAGES * pageBytes
  return {
    column: {
      pageBytes,
      pageRows: Math.min(PAGE_ROWS, Math.max(LEAST_PAGE_ROWS, pageBytes >> 3)),
      dictionaryEntries: Math.min(DICTIONARY_ENTRIES, Math.floor(dictionaryShare / ENTRY_BYTES)),
      dictionaryBytes: Math.min(MIB, Math.floor(dictionaryShare / 2)),
    },
    heldBytes: Math.floor(Math.max(LEAST_HELD_BYTES, own - collecting)),
    footerBytes: Math.floor(own / 4),
  }
}
