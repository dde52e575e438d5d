/** A statement that Aurora carries out itself, with the clauses of its manual. */
export interface OwnStatement {
  readonly bucket: string
  readonly prefix: string
  /** The region, if the URI has one. */
  readonly region: string | null
  readonly manifest: boolean
  readonly overwrite: boolean
  readonly encryption: string | null
  /** For the real server: INTO OUTFILE with a file instead of the URI. */
  intoFile(path: string): string
}

const STRING = "(?:'(?:[^']|'')*'|X'[0-9a-f]*')"
const OPTION = `(?:(?:TERMINATED|(?:OPTIONALLY )?ENCLOSED|ESCAPED|STARTING) BY ${STRING})`
/** The clauses in the order of the manual, and in no other. */
const STATEMENT = new RegExp(
  `INTO OUTFILE S3 '((?:[^']|'')*)'( CHARACTER SET \\w+)?(?: FORMAT TEXT)?( (?:FIELDS|COLUMNS)(?: ${OPTION})+)?` +
    `( LINES(?: ${OPTION})+)?( MANIFEST (?:ON|OFF))?( OVERWRITE (?:ON|OFF))?( ENCRYPTION (?:ON|OFF|SSE_S3|SSE_KMS(?: '[^']+')?))?(?=\\s*$|\\s+(?:FROM|FOR|LOCK)\\b)`,
)

export const isOwnExport = (sql: string): boolean => /\bINTO\s+OUTFILE\s+S3\b/i.test(sql)

/** Null for clauses that differ from the manual: a syntax error. */
export function readOwnStatement(sql: string): OwnStatement | null {
  const found = STATEMENT.exec(sql)
  if (found === null) return null
  const [
    whole,
    uri = '',
    characterSet = '',
    fields = '',
    lines = '',
    manifest = '',
    overwrite = '',
    encryption,
  ] = found
  const [, region = null, bucket, prefix] =
    /^s3(?:-([a-z0-9-]+))?:\/\/([^/]+)\/(.+)$/s.exec(uri.replaceAll("''", "'")) ?? []
  if (bucket === undefined || prefix === undefined) return null
  return {
    bucket,
    prefix,
    region,
    manifest: manifest.endsWith('ON'),
    overwrite: overwrite.endsWith('ON'),
    encryption: encryption?.trim() ?? null,
    intoFile: path => sql.replace(whole, () => `INTO OUTFILE '${path}'${characterSet}${fields}${lines}`),
  }
}
