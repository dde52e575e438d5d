import type { FormatClauses, FormatName } from '../format/index.ts'

/**
 * One `SELECT ... INTO OUTFILE S3` statement, read: Aurora MySQL's own statement with the words that
 * batchquery adds. Most of these are words of Redshift's UNLOAD.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 * https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
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
  readonly manifest: ManifestKind
  readonly overwrite: Overwrite
  /** Null: the result has no partitions. */
  readonly partitionBy: PartitionBy | null
  /** The most partitions that the result may have. Null: `DEFAULT_PARTITIONS`. */
  readonly maxPartitions: number | null
  /** Whether the result is one object with exactly the key of the destination. */
  readonly single: boolean
  /** Null: one session reads all rows. */
  readonly parallel: Parallel | null
  /** What the names of the parts end in, without the first dot, before the extension of the compression. Null: as the format has it. */
  readonly extension: string | null
  readonly encryption: Encryption | null
  /** In bytes. */
  readonly maxFileSize: number | null
}

/** Redshift's words. VERBOSE also describes the columns. */
export type ManifestKind = 'ON' | 'VERBOSE' | 'OFF'

/** What an export replaces: nothing, the whole earlier result, or the partitions that the new result has. */
export type Overwrite = 'ON' | 'PARTITIONS' | 'OFF'

export interface PartitionBy {
  /** The names of columns of the result, at least one, each once. */
  readonly columns: readonly string[]
  /** Whether the files have these columns too. */
  readonly include: boolean
}

/** The clause PARALLEL: several sessions read the rows. */
export interface Parallel {
  readonly readers: number
  /** The columns that divide the rows; null if the table decides. */
  readonly by: readonly string[] | null
  /** Whether all readers must see one moment. */
  readonly consistency: 'SNAPSHOT' | 'NONE'
}

/** MAXPARTITIONS if it is not written. */
export const DEFAULT_PARTITIONS = 10_000

export type Encryption =
  | { readonly kind: 'ON' | 'OFF' | 'SSE_S3' }
  | { readonly kind: 'SSE_KMS'; readonly keyId: string | null }
