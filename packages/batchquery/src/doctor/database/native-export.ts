import { nativeNeeds } from '../../database/mysql/aurora-export.ts'
import { refuseUnmet } from '../../database/native-need.ts'
import type { Finding } from '../check.ts'
import type { DatabasePlace } from '../place.ts'
import { withSession } from './with-session.ts'

/**
 * Looks at what Aurora's own export to S3 needs: the right or the role, and the cluster parameter. No other server is
 * asked to write to S3 unless a run insists.
 *
 * @throws PERMISSION, with the statement or the parameter that repairs it
 */
export function lookAtNativeExport(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  return withSession(place, signal, async session => {
    const { kind } = session.server
    if (kind !== 'aurora-mysql') return { skipped: `from ${kind} results are streamed` }
    const needs = await nativeNeeds(session)
    refuseUnmet(needs)
    return { figure: needs.map(({ what }) => what).join(', ') }
  })
}
