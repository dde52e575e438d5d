import type { ServerKind, Session } from '../../database/database.ts'
import type { Finding } from '../check.ts'
import type { DatabasePlace } from '../place.ts'
import { withSession } from './with-session.ts'

/**
 * Looks at what a server's own export to S3 needs: rights, role parameters.
 *
 * @throws PERMISSION, CONFIG, with the statement or the parameter that repairs it
 */
export type NativeExportCheck = (session: Session) => Promise<Finding>

/** By who answers. A server that is not among them has no export of its own that is used here. */
const CHECKS: Partial<Record<ServerKind, NativeExportCheck>> = {}

export function lookAtNativeExport(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  return withSession(place, signal, async session => {
    const { kind } = session.server
    const check = CHECKS[kind]
    return check === undefined
      ? { skipped: `${kind} does not write to S3 itself: results are streamed` }
      : check(session)
  })
}
