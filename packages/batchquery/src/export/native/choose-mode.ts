import type { Session } from '../../database/database.ts'
import { databaseDialect } from '../../database/dialects.ts'
import { firstUnmet, type NativeNeed, refuseUnmet } from '../../database/native-export.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { FormatPlan } from '../../format/index.ts'
import type { ExportStatement } from '../../sql/index.ts'
import type { Destination } from '../destination.ts'

/** `auto`: the server itself if it can do it, otherwise streamed. */
export type ExportMode = 'auto' | 'native' | 'streamed'

export interface ChosenMode {
  readonly mode: 'native' | 'streamed'
  /** Why a server that usually exports by itself does not; null for a native export and for any other server. */
  readonly why: string | null
}

/** An export, its format and its destination. */
export interface Exportable {
  readonly statement: ExportStatement
  readonly format: FormatPlan
  readonly destination: Destination
}

/**
 * Looks at what the server needs, if it could write one of the exports itself. It activates a role that Aurora asks for, for the session.
 * It is for the beginning of a task, because statements of the task would notice the questions.
 *
 * @returns null if all exports are streamed anyway
 * @throws as `Session.execute`
 */
export async function nativeNeedsOf(
  asked: ExportMode,
  exports: readonly Exportable[],
  session: Session,
): Promise<readonly NativeNeed[] | null> {
  const { native } = databaseDialect(session.dialect)
  if (native === null || !isWished(asked, session)) return null
  if (exports.every(exported => obstacleTo(exported, session) !== null)) return null
  return (await native.load()).needs(session)
}

/**
 * Decides whether the server writes to S3 itself, or the rows stream through this process.
 *
 * @param needs as `nativeNeedsOf` returned them
 * @throws UNSUPPORTED_CLAUSE, PERMISSION if `native` is asked for and the server cannot do it
 */
export function chooseMode(
  asked: ExportMode,
  exported: Exportable,
  session: Pick<Session, 'dialect' | 'server'>,
  needs: readonly NativeNeed[] | null,
): ChosenMode {
  if (!isWished(asked, session)) return STREAMED
  const reason = obstacleTo(exported, session)
  if (asked === 'native') {
    if (reason !== null) throw impossible(reason)
    refuseUnmet(needs ?? [])
    return NATIVE
  }
  // An earlier statement changed how the rest of the task is read, and the server cannot be asked unnoticed any more.
  if (reason === null && needs === null)
    return { mode: 'streamed', why: 'an earlier statement changed how the server reads the rest of the task' }
  const unmet = reason === null ? firstUnmet(needs ?? []) : null
  if (unmet !== null) return { mode: 'streamed', why: `${unmet.what} is missing. ${unmet.repair}` }
  return reason === null ? NATIVE : { mode: 'streamed', why: reason }
}

const isWished = (asked: ExportMode, { dialect, server }: Pick<Session, 'dialect' | 'server'>): boolean =>
  asked === 'native' || (asked === 'auto' && databaseDialect(dialect).native?.isUsual(server) === true)

const STREAMED: ChosenMode = { mode: 'streamed', why: null }
const NATIVE: ChosenMode = { mode: 'native', why: null }

const impossible = (reason: string): BatchQueryError =>
  new BatchQueryError('UNSUPPORTED_CLAUSE', `the server cannot export this itself: ${reason}`, {
    hint: 'Remove the clause that prevents it, or stream the rows: --mode auto.',
  })

/** Why a native export is not possible; null if it is. */
function obstacleTo(
  { statement, format, destination: { store } }: Exportable,
  { dialect, server }: Pick<Session, 'dialect' | 'server'>,
): string | null {
  const { compression, maxFileSize, encryption, destination } = statement
  if (store.capabilities.serverProtocol !== 's3') return `no server can write to the store ${store.name}`
  if (destination.includes('\\')) return 'the prefix has a backslash'
  if (format.delimited === null) return `the server has no FORMAT ${format.name}`
  if (compression !== null && compression !== 'NONE') return `the server has no COMPRESSION ${compression}`
  if (maxFileSize !== null) return 'the server has no MAXFILESIZE'
  const clause = datasetClauseOf(statement)
  if (clause !== null) return `the server has no ${clause}`
  if (encryption?.kind === 'SSE_KMS' && encryption.keyId !== null && !KMS_KEY.test(encryption.keyId))
    return `${JSON.stringify(encryption.keyId)} is not a KMS key`
  const { native } = databaseDialect(dialect)
  return native === null
    ? `${server.kind} cannot write to S3 itself`
    : native.obstacle(statement, format, server)
}

/** The first clause that no server knows. */
const datasetClauseOf = (statement: ExportStatement): string | null =>
  (statement.parallel !== null && 'PARALLEL') ||
  (statement.partitionBy !== null && 'PARTITION BY') ||
  (statement.single && 'SINGLE') ||
  (statement.extension !== null && 'EXTENSION') ||
  (statement.bom && 'BOM') ||
  (statement.manifest === 'VERBOSE' && 'MANIFEST VERBOSE') ||
  null

/** https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id */
const KMS_KEY =
  /^(arn:aws[\w-]*:kms:[\w-]+:\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
