import { escapeLiteral } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import { askSession } from '../ask-session.ts'
import type { Session } from '../database.ts'
import type { NativeNeed, NativeRequest, NativeWriter } from '../native-export.ts'
import { copyOptions } from './copy-options.ts'

const FUNCTION = 'aws_s3.query_export_to_s3(text, text, text, text, text, text)'

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/postgresql-s3-export-functions.html */
export const AWS_S3_WRITER: NativeWriter = {
  needs,
  prepare(request) {
    const sql = statementOf(request)
    return async session => {
      const [answer = []] = await askSession(session, sql)
      const [rows = 0, files = 0, bytes = 0] = answer.map(Number)
      return { rows, files, bytes }
    }
  },
}

/** @throws UNSUPPORTED_CLAUSE for clauses that COPY cannot write, and for a destination without a region */
function statementOf({ statement, query, bucket, prefix, format, server }: NativeRequest): string {
  const { destination, encryption } = statement
  const [, region] = /^s3-([a-z0-9-]+):/.exec(destination) ?? []
  if (region === undefined)
    throw new BatchQueryError('UNSUPPORTED_CLAUSE', 'aws_s3 needs the region of the bucket', {
      hint: 'Write it into the destination: s3-us-east-1://BUCKET/PREFIX. The bucket must be in the region of the cluster.',
    })
  const copy = copyOptions(format, server.encoding ?? '')
  // Without the parentheses, which only COPY itself has.
  const copied = `${copy.slice(1, -1)}${format.delimited?.header ? ', HEADER true' : ''}`
  const kmsKey = encryption?.kind === 'SSE_KMS' ? encryption.keyId : null
  const given = [
    ...[query.replace(/[;\s]+$/, ''), bucket, prefix, region].map(escapeLiteral),
    `options => ${escapeLiteral(copied)}`,
    ...(kmsKey === null ? [] : [`kms_key => ${escapeLiteral(kmsKey)}`]),
  ]
  return `SELECT rows_uploaded, files_uploaded, bytes_uploaded FROM aws_s3.query_export_to_s3(${given.join(', ')})`
}

async function needs(session: Session): Promise<readonly NativeNeed[]> {
  const [row = []] = await askSession(
    session,
    `SELECT f IS NOT NULL, f IS NOT NULL AND has_function_privilege(f, 'EXECUTE') AND has_schema_privilege('aws_s3', 'USAGE')
       FROM (SELECT to_regprocedure(${escapeLiteral(FUNCTION)})) x(f)`,
  )
  const [isThere, mayCall] = row
  return [
    {
      what: 'the extension aws_s3',
      isMet: isThere === 't',
      repair: 'Run CREATE EXTENSION aws_s3 CASCADE in this database, on the writer of RDS or Aurora.',
    },
    {
      what: 'the right to call aws_s3.query_export_to_s3',
      isMet: mayCall === 't',
      repair: 'Run the statements that `batchquery grants --for postgres --native` prints.',
    },
  ]
}
