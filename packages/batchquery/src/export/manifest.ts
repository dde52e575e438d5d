import type { StagedExport } from './journal.ts'

/**
 * The manifest: Aurora's form, with Redshift's words for sizes and counts added, so that COPY and LOAD DATA
 * FROM S3 MANIFEST read it.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 * https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
 */
export function manifestBytes(staged: StagedExport): Uint8Array {
  const document = {
    entries: staged.parts.map(part => ({
      url: part.uri,
      meta: { content_length: part.bytes, record_count: part.rows, sha256: part.sha256 },
    })),
    meta: { content_length: staged.bytes, record_count: staged.rows },
  }
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`)
}
