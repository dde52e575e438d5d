import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { SessionRoom } from '../../parallel-reads.ts'

/** How many more sessions the server and the user's limit allow now. */
export async function sessionRoom(session: Session): Promise<SessionRoom | null> {
  const [[all, ofUser] = []] = await askSession(
    session,
    'SELECT @@GLOBAL.max_connections, @@SESSION.max_user_connections',
  )
  const [[, connected] = []] = await askSession(session, `SHOW GLOBAL STATUS LIKE 'Threads_connected'`)
  const free = Number(all) - Number(connected)
  const room: SessionRoom = {
    sessions: free,
    why: `max_connections is ${all}, and ${connected} sessions are open`,
  }
  const most = Number(ofUser)
  if (most === 0) return room
  const [[own] = []] = await askSession(
    session,
    `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = SUBSTRING_INDEX(USER(), '@', 1)`,
  )
  const left = most - Number(own)
  return left >= free
    ? room
    : { sessions: left, why: `max_user_connections is ${most}, and this user has ${own} sessions` }
}
