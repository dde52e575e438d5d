import type { Server, Session } from '../../database/database.ts'
import { nativeNeeds } from '../../database/mysql/aurora-export.ts'
import { firstUnmet, type NativeNeed, refuseUnmet } from '../../database/native-need.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { planFormat } from '../../format/index.ts'
import type { ExportStatement } from '../../sql/index.ts'
import type { Destination } from '../destination.ts'

/** `auto`: the server itself where it can do it, else streamed. */
export type ExportMode = 'auto' | 'native' | 'streamed'

export interface ChosenMode {
  readonly mode: 'native' | 'streamed'
  /** Why an Aurora server does not do it itself; null where it does, or where nobody expects it to. */
  readonly why: string | null
}

/** What can be exported, and where to. */
export interface Exportable {
  readonly statement: ExportStatement
  readonly destination: Destination
}

/**
 * Looks whether the server could write one of the exports itself. A role that the user has is made active for the session,
 * where Aurora asks for one. For the beginning of a task: its statements would see that the server was asked.
 *
 * @returns what the server needs for it; null if all exports are streamed anyway
 * @throws as `Session.execute`
 */
export async function nativeNeedsOf(
  asked: ExportMode,
  exports: readonly Exportable[],
  session: Session,
): Promise<readonly NativeNeed[] | null> {
  const isPossible = exports.some(
    ({ statement, destination }) =>
      isWished(asked, session) && beyond(statement, destination.store.kind, session.server) === null,
  )
  return isPossible ? needsOf(session) : null
}

/**
 * Whether the server writes to S3 itself, or the rows stream through here.
 *
 * @param needs as `nativeNeedsOf` returned them
 * @throws UNSUPPORTED_CLAUSE, PERMISSION where the server is asked to by force and cannot
 */
export function chooseMode(
  asked: ExportMode,
  { statement, destination }: Exportable,
  session: Session,
  needs: readonly NativeNeed[] | null,
): ChosenMode {
  if (!isWished(asked, session)) return STREAMED
  const reason = beyond(statement, destination.store.kind, session.server)
  if (asked === 'native') {
    if (reason !== null) throw impossible(reason)
    refuseUnmet(needs ?? [])
    return NATIVE
  }
  // A statement before it changed how the rest of the task is read: the server cannot be asked unseen any more.
  if (reason === null && needs === null)
    return { mode: 'streamed', why: 'it was not known when the task began' }
  const unmet = reason === null ? firstUnmet(needs ?? []) : null
  if (unmet !== null) return { mode: 'streamed', why: `${unmet.what} is missing. ${unmet.repair}` }
  return reason === null ? NATIVE : { mode: 'streamed', why: reason }
}

/** Other names and no manifest: only for those who ask for it. */
const isWished = (asked: ExportMode, { server }: Session): boolean =>
  asked === 'native' || (asked === 'auto' && server.kind === 'aurora-mysql')

const STREAMED: ChosenMode = { mode: 'streamed', why: null }
const NATIVE: ChosenMode = { mode: 'native', why: null }

const impossible = (reason: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', `a native export is not possible: ${reason}`, {
    hint: 'Leave out what stands against it, or let it be streamed: --mode auto.',
  })

async function needsOf(session: Session): Promise<readonly NativeNeed[]> {
  if (session.dialect !== 'postgres') return nativeNeeds(session)
  // The driver is loaded already: the session is its.
  const { awsS3Needs } = await import('../../database/postgres/aws-s3-export.ts')
  return awsS3Needs(session)
}

/** What stands against it: null for nothing. */
function beyond(
  statement: ExportStatement,
  kind: Destination['store']['kind'],
  server: Server,
): string | null {
  const { compression, maxFileSize, encryption, destination } = statement
  if (kind !== 's3') return 'the store is a directory'
  if (!destination.startsWith('s3')) return 'the destination is a file'
  if (destination.includes('\\')) return 'the prefix holds a backslash'
  if (compression !== 'NONE') return `the server has no COMPRESSION ${compression}`
  if (maxFileSize !== null) return 'the server has no MAXFILESIZE'
  if (encryption?.kind === 'SSE_KMS' && encryption.keyId !== null && !KMS_KEY.test(encryption.keyId))
    return `${JSON.stringify(encryption.keyId)} is no KMS key`
  if (server.kind === 'aurora-mysql') return beyondAurora(statement, server.version)
  if (/postgres/.test(server.kind)) return beyondAwsS3(statement)
  return `${server.kind} cannot write to S3 itself`
}

/** What Aurora's own statement lacks, or does in another way than a streamed export. */
function beyondAurora(statement: ExportStatement, version: string): string | null {
  const { header, encryption } = statement
  const { name, delimited } = planFormat(statement)
  if (delimited === null) return `the server has no FORMAT ${name}`
  if (delimited.escaping === 'doubling')
    return `FORMAT ${name} writes NULL in a way that Aurora does not promise`
  if (header) return 'Aurora does not promise HEADER in every part'
  if (encryption?.kind.startsWith('SSE') && !isSince(version, 3, 5))
    return `ENCRYPTION ${encryption.kind} needs Aurora MySQL 3.05`
  return null
}

function beyondAwsS3(statement: ExportStatement): string | null {
  const { header, manifest, encryption } = statement
  const { name, delimited } = planFormat(statement)
  if (delimited === null) return `the server has no FORMAT ${name}`
  if (manifest) return 'aws_s3 writes no manifest'
  if (header && delimited.escaping === 'backslash') return 'COPY has HEADER in FORMAT CSV alone'
  if (encryption !== null && encryption.kind !== 'SSE_KMS')
    return `aws_s3 has no ENCRYPTION ${encryption.kind}`
  return null
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id */
const KMS_KEY =
  /^(arn:aws[\w-]*:kms:[\w-]+:\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Of versions such as `3.05.2`. */
function isSince(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number)
  return a > major || (a === major && b >= minor)
}
