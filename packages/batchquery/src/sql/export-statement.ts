/**
 * One `SELECT ... INTO OUTFILE S3` statement, read: Aurora MySQL's own statement with the three clauses that
 * batchquery adds (COMPRESSION, MAXFILESIZE, and INTO before FROM as MySQL allows it).
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 *
 * Null stands for a clause that was not written, so that each database can apply its own default.
 */
export interface ExportStatement {
  /** The statement without its INTO clause; nothing else is changed. */
  readonly query: string
  /** As written: `s3://bucket/prefix`, `s3-REGION://bucket/prefix`, `file:///dir/prefix` or a relative path. */
  readonly destination: string
  readonly characterSet: string | null
  readonly format: 'CSV' | 'TEXT'
  readonly header: boolean
  readonly fields: {
    readonly terminatedBy: Uint8Array | null
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
