import { BatchQueryError } from '../../../errors/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { Burden } from '../../parallel-reads.ts'

/** The length of the history list: MariaDB says it to everybody, MySQL only to users with the right PROCESS. */
export async function historyOf(session: Session): Promise<Burden | null> {
  const [[, status] = []] = await askSession(session, `SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'`)
  const value = status ?? (await metricOf(session))
  if (value === null) return null
  const length = Number(value)
  return { kind: 'history', value: length, text: `history list length ${length.toLocaleString('en-US')}` }
}

async function metricOf(session: Session): Promise<string | null> {
  const rows = await askSession(
    session,
    `SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len'`,
  ).catch((thrown: unknown) => {
    if (BatchQueryError.from(thrown).code === 'PERMISSION') return []
    throw thrown
  })
  return rows[0]?.[0] ?? null
}
