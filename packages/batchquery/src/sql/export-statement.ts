/**
 * One `SELECT ... INTO OUTFILE S3` statement, read: Aurora MySQL's own statement with the two clauses that
 * batchquery adds (COMPRESSION and MAXFILESIZE).
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 *
 * Null means that the statement does not have the clause, so that each database can apply its own default.
 */
export interface ExportStatement {
  /**
   * The statement without its INTO clause; nothing else is changed. It may end in a line comment, so text that is appended must start on
   * a new line.
   */
  readonly query: string
  /** The offset in the query at which INTO was: the place for it in a statement that the server exports itself. */
  readonly at: number
  /** As written: `s3://bucket/prefix`, `s3-REGION://bucket/prefix`, `file:///dir/prefix` or a relative path. */
  readonly destination: string
  readonly characterSet: string | null
  readonly format: 'CSV' | 'TEXT'
  readonly header: boolean
  /** In bytes, text as UTF-8. */
  readonly fields: {
    readonly terminatedBy: Uint8Array | null
    /** Empty, or one character; the same goes for escapedBy. */
    readonly enclosedBy: Uint8Array | null
    readonly optionallyEnclosed: boolean
    readonly escapedBy: Uint8Array | null
  }
  readonly lines: {
    readonly startingBy: Uint8Array | null
    readonly terminatedBy: Uint8Array | null
  }
  readonly manifest: boolean
  readonly overwrite: boolean
  readonly encryption: Encryption | null
  readonly compression: 'NONE' | 'GZIP' | 'ZSTD'
  /** In bytes. */
  readonly maxFileSize: number | null
}

export type Encryption =
  | { readonly kind: 'ON' | 'OFF' | 'SSE_S3' }
  | { readonly kind: 'SSE_KMS'; readonly keyId: string | null }
