/**
 * The options of one CSV export, resolved to bytes. Everything else is as PostgreSQL's COPY writes CSV:
 * https://www.postgresql.org/docs/current/sql-copy.html (NULL is empty, an empty string is quoted, quotes are doubled).
 */
export interface CsvLayout {
  readonly fieldsTerminatedBy: Uint8Array
  /** One byte. */
  readonly enclosedBy: Uint8Array
  readonly linesTerminatedBy: Uint8Array
}

export const DEFAULT_CSV_LAYOUT: CsvLayout = {
  fieldsTerminatedBy: Buffer.from(','),
  enclosedBy: Buffer.from('"'),
  linesTerminatedBy: Buffer.from('\n'),
}
