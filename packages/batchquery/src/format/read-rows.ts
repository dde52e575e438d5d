import type { FlatType } from './exact-column.ts'

/** A value that was read from a file: text, or bytes for a column of bytes. Null is NULL. */
export type ReadValue = string | Uint8Array | null

/** A column of rows that were read from a file. The text of its values is that of its type. */
export interface ReadColumn {
  readonly name: string
  readonly type: FlatType
  /** Whether its values are numbers, which a table aligns right. */
  readonly isNumber: boolean
}

/** Rows that were read from a file. */
export interface ReadRows {
  readonly columns: readonly ReadColumn[]
  readonly rows: readonly (readonly ReadValue[])[]
}

/** Reads the rows of a file that is rows and nothing else. */
export interface RowReader<Row> {
  /**
   * Reads the row that begins at `start`.
   *
   * @param isEnd whether no byte comes after `bytes`
   * @returns null if the row is not complete
   * @throws VERIFICATION, without the name of the file, if this is not a row of such a file
   */
  next(bytes: Buffer, start: number, isEnd: boolean): { readonly row: Row; readonly end: number } | null
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of these bytes. Null if they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** Rows of bytes as columns of strings. A column with a value that is not text gets the type of bytes. */
export function stringColumns(
  names: readonly string[],
  rows: readonly (readonly (Uint8Array | null)[])[],
  textOf: (bytes: Uint8Array) => string | null = utf8Text,
): ReadRows {
  const texts = rows.map(row => row.map(value => (value === null ? null : (textOf(value) ?? value))))
  const isBytes = names.map((_, at) => texts.some(row => row[at] instanceof Uint8Array))
  return {
    columns: names.map((name, at) => ({
      name,
      type: { kind: isBytes[at] ? 'bytes' : 'string' },
      isNumber: false,
    })),
    rows: rows.map((row, index) => row.map((value, at) => (isBytes[at] ? value : texts[index][at]))),
  }
}
