import { isDeepStrictEqual } from 'node:util'
import type { DescribedExport, StagedExport, StagedPart } from '../journal/index.ts'
import { parsePartKey } from './part-names.ts'
import { partitionOf } from './partition-values.ts'

/**
 * The manifest in Aurora's form, with Redshift's fields for sizes and counts, so that COPY and LOAD DATA FROM S3 MANIFEST
 * read it. MANIFEST VERBOSE adds Redshift's `schema` and `author`, and fields of ours. Readers ignore fields that they do not know.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 * https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
 *
 * @param prefix of the destination
 */
export function manifestBytes(staged: StagedExport, prefix: string): Uint8Array {
  return Buffer.from(`${JSON.stringify(manifestOf(staged, prefix), null, 2)}\n`)
}

/** The most bytes of a manifest that agrees with an export, however it is formatted. */
export const mostManifestBytes = (staged: StagedExport, prefix: string): number =>
  2 * manifestBytes(staged, prefix).length + 1024 * 1024

/** Whether these bytes are a manifest that agrees with an export. Ignores other fields. */
export function agrees(bytes: Uint8Array, staged: StagedExport, prefix: string): boolean {
  try {
    const expected: unknown = JSON.parse(Buffer.from(manifestBytes(staged, prefix)).toString())
    return includes(JSON.parse(Buffer.from(bytes).toString()), expected)
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return false
    throw thrown
  }
}

/** Whether a JSON value has everything that another one has. */
function includes(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => includes(actual[index], item))
    )
  if (typeof expected !== 'object' || expected === null) return isDeepStrictEqual(actual, expected)
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false
  const fields = new Map<string, unknown>(Object.entries(actual))
  return Object.entries(expected).every(
    ([name, value]) => fields.has(name) && includes(fields.get(name), value),
  )
}

function manifestOf(staged: StagedExport, prefix: string) {
  const { parts, described, invalidDates, bytes, rows, level, moment } = staged
  return {
    entries: parts.map(part => ({
      url: part.uri,
      meta: {
        content_length: part.bytes,
        record_count: part.rows,
        sha256: part.sha256,
        ...(described && describedPart(part, prefix, described)),
      },
    })),
    ...(described && { schema: { elements: described.columns.map(schemaElement) } }),
    meta: {
      content_length: bytes,
      record_count: rows,
      ...(invalidDates?.length && { invalid_dates: invalidDates }),
      ...(level && { level }),
      ...(moment && { moment }),
      ...(described && describedResult(staged, described)),
    },
    ...(described && { author: { name: 'batchquery', version: described.version } }),
  }
}

const schemaElement = ({
  name,
  base,
  sourceType,
  writtenType,
  nullable,
}: DescribedExport['columns'][number]) => ({
  name,
  type: base,
  source_type: sourceType,
  written_type: writtenType,
  nullable,
})

const describedResult = (
  { format, compression }: StagedExport,
  { runId, statementSha256, level }: DescribedExport,
) => ({
  format,
  compression: compression ?? null,
  run_id: runId,
  statement_sha256: statementSha256,
  level,
})

function describedPart({ token, statistics }: StagedPart, prefix: string, { columns }: DescribedExport) {
  const folders = parsePartKey(prefix, token.key)?.partition ?? ''
  return {
    ...(folders !== '' && {
      partition: Object.fromEntries(partitionOf(folders).map(({ column, value }) => [column, value])),
    }),
    ...(statistics && {
      columns: statistics.map(({ nulls, min, max }, index) => ({
        name: columns.at(index)?.name ?? '',
        ...{ null_count: nulls, min, max },
      })),
    }),
  }
}
