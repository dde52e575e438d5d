/** How much memory each column of one writer may use. */
export interface ColumnLimits {
  readonly pageBytes: number
  readonly pageRows: number
  readonly dictionaryEntries: number
  readonly dictionaryBytes: number
}

const MIB = 1 << 20
const PAGE_BYTES = MIB
const LEAST_PAGE_BYTES = 8192
const PAGE_ROWS = 20_000
const LEAST_PAGE_ROWS = 1024
/** Open pages of all columns together. As many bytes may wait for the thread pool. */
const OPEN_PAGES = 32 * MIB
/** Dictionaries of all columns together. */
const DICTIONARIES = 32 * MIB
const DICTIONARY_ENTRIES = 32_768
const LEAST_DICTIONARY_BYTES = 2048
/** The memory of an entry, in addition to its bytes. */
const ENTRY_BYTES = 48

/** The limits of a writer with this many columns, which share the memory. */
export function limitsFor(columns: number): ColumnLimits {
  const share = OPEN_PAGES / columns
  const pageBytes = Math.floor(Math.min(PAGE_BYTES, Math.max(LEAST_PAGE_BYTES, share)))
  const dictionaryShare = Math.max(LEAST_DICTIONARY_BYTES, DICTIONARIES / columns)
  return {
    pageBytes,
    pageRows: Math.min(PAGE_ROWS, Math.max(LEAST_PAGE_ROWS, pageBytes >> 3)),
    dictionaryEntries: Math.min(DICTIONARY_ENTRIES, Math.floor(dictionaryShare / ENTRY_BYTES)),
    dictionaryBytes: Math.min(MIB, Math.floor(dictionaryShare / 2)),
  }
}
