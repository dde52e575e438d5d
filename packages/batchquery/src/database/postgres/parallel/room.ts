import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { SessionRoom } from '../../parallel-reads.ts'

/** The limits of the server, of the role and of the database: a name, the most sessions, and how many are open. -1 is no limit. */
const LIMITS = `
  SELECT 'max_connections', pg_catalog.current_setting('max_connections')::int
      - pg_catalog.current_setting('superuser_reserved_connections')::int,
    (SELECT pg_catalog.sum(numbackends) FROM pg_catalog.pg_stat_database)
  UNION ALL
  SELECT 'the connection limit of the role ' || rolname, rolconnlimit,
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid)
  FROM pg_catalog.pg_roles r WHERE rolname = SESSION_USER
  UNION ALL
  SELECT 'the connection limit of the database ' || datname, datconnlimit,
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)
  FROM pg_catalog.pg_database d WHERE datname = pg_catalog.current_database()`

/** How many further sessions the login may open now. */
export async function sessionRoom(session: Session): Promise<SessionRoom | null> {
  const rows = await askSession(session, LIMITS)
  const rooms = rows
    .map(([name, most, open]) => ({
      sessions: Math.max(0, Number(most) - Number(open)),
      isLimit: Number(most) >= 0,
      why: `${name} is ${most}, and ${open} sessions are open`,
    }))
    .filter(({ isLimit }) => isLimit)
  const [tightest = null] = rooms.toSorted((one, other) => one.sessions - other.sessions)
  return tightest && { sessions: tightest.sessions, why: tightest.why }
}
