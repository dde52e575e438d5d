import { escapeLiteral } from 'pg'
import type { FormatPlan } from '../../format/index.ts'
import type { Session } from '../database.ts'
import type { NativeNeed } from '../native-need.ts'
import { copyOptions } from './copy-options.ts'

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/postgresql-s3-export-functions.html */
export interface AwsS3Export {
  readonly query: string
  readonly bucket: string
  readonly path: string
  readonly region: string
  readonly format: FormatPlan
  readonly kmsKey: string | null
  /** In which the database stores text. */
  readonly serverEncoding: string
}

const FUNCTION = 'aws_s3.query_export_to_s3(text, text, text, text, text, text)'

/**
 * The statement that has PostgreSQL on RDS or Aurora write the rows of a query to S3.
 *
 * @throws UNSUPPORTED_CLAUSE for what COPY cannot write
 */
export function awsS3Statement(wanted: AwsS3Export): string {
  const { query, bucket, path, region, format, kmsKey, serverEncoding } = wanted
  const copy = copyOptions(format, serverEncoding)
  // Without the parentheses that COPY itself would have.
  const copied = `${copy.slice(1, -1)}${format.delimited?.header ? ', HEADER true' : ''}`
  const text = query.replace(/[;\s]+$/, '')
  const literals = [text, bucket, path, region].map(escapeLiteral)
  const given = [
    ...literals,
    `options => ${escapeLiteral(copied)}`,
    ...(kmsKey === null ? [] : [`kms_key => ${escapeLiteral(kmsKey)}`]),
  ]
  return `SELECT rows_uploaded, files_uploaded, bytes_uploaded FROM aws_s3.query_export_to_s3(${given.join(', ')})`
}

/** What the server says that it wrote. */
export interface AwsS3Answer {
  readonly rows: number
  readonly files: number
  readonly bytes: number
}

/** @throws as `Session.execute` */
export async function runAwsS3(session: Session, sql: string): Promise<AwsS3Answer> {
  const { results } = await session.execute(sql, 1)
  const [rows = 0, files = 0, bytes = 0] = (results[0]?.rows[0] ?? []).map(Number)
  return { rows, files, bytes }
}

/** @throws as `Session.execute` */
export async function awsS3Needs(session: Session): Promise<readonly NativeNeed[]> {
  const { results } = await session.execute(
    `SELECT f IS NOT NULL, f IS NOT NULL AND has_function_privilege(f, 'EXECUTE') AND has_schema_privilege('aws_s3', 'USAGE')
       FROM (SELECT to_regprocedure(${escapeLiteral(FUNCTION)})) x(f)`,
    1,
  )
  const [isThere, mayCall] = results[0]?.rows[0] ?? []
  return [
    {
      what: 'the extension aws_s3',
      isMet: isThere === 't',
      repair: 'CREATE EXTENSION aws_s3 CASCADE in this database, on the writer of RDS or Aurora.',
    },
    {
      what: 'the right to call aws_s3.query_export_to_s3',
      isMet: mayCall === 't',
      repair: '`batchquery grants --for postgres --native` prints what the user needs.',
    },
  ]
}
