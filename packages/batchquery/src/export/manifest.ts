import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import type { StagedExport } from '../journal/index.ts'

/**
 * The manifest in Aurora's form, with Redshift's fields for sizes and counts, so that COPY and LOAD DATA FROM S3 MANIFEST
 * read it.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 * https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
 */
export function manifestBytes(staged: StagedExport): Uint8Array {
  const { invalidDates } = staged
  const { entries, meta } = manifestOf(staged)
  // Redshift and LOAD DATA ignore fields that they do not know.
  const content = { entries, meta: { ...meta, ...(invalidDates && { invalid_dates: invalidDates }) } }
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`)
}

/** The most bytes of a manifest that agrees with an export, however it is formatted. */
export const mostManifestBytes = (staged: StagedExport): number =>
  2 * manifestBytes(staged).length + 1024 * 1024

/** Whether these bytes are a manifest that agrees with the parts of an export. Ignores other fields. */
export function agrees(bytes: Uint8Array, staged: StagedExport): boolean {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), manifest), Buffer.from(bytes).toString())
  return result.success && isDeepStrictEqual(result.output, manifestOf(staged))
}

const manifest = v.object({
  entries: v.array(
    v.object({
      url: v.string(),
      meta: v.object({ content_length: v.number(), record_count: v.number(), sha256: v.string() }),
    }),
  ),
  meta: v.object({ content_length: v.number(), record_count: v.number() }),
})

const manifestOf = (staged: StagedExport): v.InferOutput<typeof manifest> => ({
  entries: staged.parts.map(part => ({
    url: part.uri,
    meta: { content_length: part.bytes, record_count: part.rows, sha256: part.sha256 },
  })),
  meta: { content_length: staged.bytes, record_count: staged.rows },
})
