import type { Session } from '../../database/database.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { auroraExport, type ExportStatement } from '../../sql/index.ts'
import type { Destination } from '../destination.ts'
import type { ExportPlan } from '../plan.ts'
import { AURORA_NAMES, AWS_S3_NAMES, type NativeNames } from './names.ts'

/** What a server says of an export that it has written; null where it does not say it. */
export interface NativeAnswer {
  readonly rows: number
  readonly files: number | null
  readonly bytes: number | null
}

/** How a kind of server writes to S3. */
export interface NativeWriter {
  readonly names: NativeNames
  write(session: Session, overwrite: boolean): Promise<NativeAnswer>
}

/** @throws UNSUPPORTED_CLAUSE */
export async function nativeWriter(
  session: Session,
  statement: ExportStatement,
  plan: ExportPlan,
): Promise<NativeWriter> {
  return session.dialect === 'postgres'
    ? postgresWriter(statement, plan, session.server.encoding ?? '')
    : auroraWriter(statement, plan.destination)
}

const auroraWriter = (statement: ExportStatement, { uri }: Destination): NativeWriter => ({
  names: AURORA_NAMES,
  async write(session, overwrite) {
    const { affectedRows } = await session.execute(auroraExport(statement, uri, overwrite), 0)
    return { rows: affectedRows ?? 0, files: null, bytes: null }
  },
})

/** The driver is loaded already: the session is its. */
async function postgresWriter(
  { destination: written, encryption }: ExportStatement,
  plan: ExportPlan,
  serverEncoding: string,
): Promise<NativeWriter> {
  const { awsS3Statement, runAwsS3 } = await import('../../database/postgres/aws-s3-export.ts')
  const [, region] = /^s3-([a-z0-9-]+):/.exec(written) ?? []
  if (region === undefined)
    throw new BatchQueryError('UNSUPPORTED_CLAUSE', 'aws_s3 has to be told the region of the bucket', {
      hint: 'Write it into the destination: s3-us-east-1://BUCKET/PREFIX. It must be that of the cluster.',
    })
  const { query, destination } = plan
  const sql = awsS3Statement({
    query,
    bucket: destination.bucket,
    path: destination.prefix,
    region,
    format: plan.format,
    serverEncoding,
    kmsKey: encryption?.kind === 'SSE_KMS' ? encryption.keyId : null,
  })
  return { names: AWS_S3_NAMES, write: session => runAwsS3(session, sql) }
}
