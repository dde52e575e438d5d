import type { FormatClauses, FormatName } from '../format/index.ts'

/**
 * One `SELECT ... INTO OUTFILE S3` statement, read: Aurora MySQL's own statement with the words that
 * batchquery adds (FORMAT PARQUET, COMPRESSION, MAXFILESIZE and ROWGROUPSIZE).
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 *
 * Null is for a clause that was not written, so that each database can apply its own default.
 */
export interface ExportStatement extends FormatClauses {
  /**
   * The statement without its INTO clause; nothing else is changed. It may end in a line comment: text that is
   * added after it starts on a new line.
   */
  readonly query: string
  /** The place of INTO in the query, for a statement that the server exports itself. */
  readonly at: number
  /** As written: `s3://bucket/prefix`, `s3-REGION://bucket/prefix`, `file:///dir/prefix` or a relative path. */
  readonly destination: string
  readonly format: FormatName
  readonly manifest: boolean
  readonly overwrite: boolean
  readonly encryption: Encryption | null
  /** In bytes. */
  readonly maxFileSize: number | null
}

export type Encryption =
  | { readonly kind: 'ON' | 'OFF' | 'SSE_S3' }
  | { readonly kind: 'SSE_KMS'; readonly keyId: string | null }
