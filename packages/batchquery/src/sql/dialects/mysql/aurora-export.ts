import type { ExportStatement } from '../../export-statement.ts'

/**
 * The statement as Aurora MySQL runs it itself: the clauses in the order of its manual, without those that the task does not have,
 * and INTO in its place.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 *
 * @param uri `s3://bucket/prefix` or `s3-REGION://bucket/prefix`, without a backslash
 */
export function auroraExport(statement: ExportStatement, uri: string, overwrite: boolean): string {
  const { query, at } = statement
  const into = [
    `INTO OUTFILE S3 ${literal(uri)}`,
    ...(statement.characterSet === null ? [] : [`CHARACTER SET ${statement.characterSet}`]),
    ...layoutClauses(statement),
    ...(statement.manifest === 'ON' ? ['MANIFEST ON'] : []),
    ...(overwrite ? ['OVERWRITE ON'] : []),
    ...encryptionClause(statement),
  ].join(' ')
  return `${query.slice(0, at)} ${into} ${query.slice(at)}`.trim()
}

function layoutClauses({ fields, lines }: ExportStatement): string[] {
  const field = [
    ...option('TERMINATED BY', fields.terminatedBy),
    ...option(fields.optionallyEnclosed ? 'OPTIONALLY ENCLOSED BY' : 'ENCLOSED BY', fields.enclosedBy),
    ...option('ESCAPED BY', fields.escapedBy),
  ]
  const line = [...option('STARTING BY', lines.startingBy), ...option('TERMINATED BY', lines.terminatedBy)]
  return [
    ...(field.length === 0 ? [] : ['FIELDS', ...field]),
    ...(line.length === 0 ? [] : ['LINES', ...line]),
  ]
}

const option = (name: string, value: Uint8Array | null): string[] =>
  value === null ? [] : [`${name} ${bytesLiteral(value)}`]

function encryptionClause({ encryption }: ExportStatement): string[] {
  if (encryption === null) return []
  const key =
    encryption.kind === 'SSE_KMS' && encryption.keyId !== null ? ` ${literal(encryption.keyId)}` : ''
  return [`ENCRYPTION ${encryption.kind}${key}`]
}

/** A text without backslashes means the same under every sql_mode. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Readable in the process list if it can be. */
function bytesLiteral(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  return /^[ !#-&(-[\]-~]*$/.test(text) ? `'${text}'` : `X'${Buffer.from(bytes).toString('hex')}'`
}
