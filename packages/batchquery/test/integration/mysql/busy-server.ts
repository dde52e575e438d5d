import type { Connection } from 'mysql2/promise'

/** Has a server commit transactions all the time, without a pause for a client, until it is stopped. */
export async function keepBusy(connect: () => Promise<Connection>): Promise<{ stop(): Promise<void> }> {
  const [admin, writer] = [await connect(), await connect()]
  for (const sql of [
    'CREATE TABLE busy (is_on INT NOT NULL, n BIGINT NOT NULL)',
    'INSERT INTO busy VALUES (1, 0)',
    'CREATE PROCEDURE stay_busy() WHILE (SELECT is_on FROM busy) = 1 DO UPDATE busy SET n = n + 1; END WHILE',
  ])
    await admin.query(sql)
  const writing = writer.query('CALL stay_busy()')
  return {
    stop: async () => {
      await admin.query('UPDATE busy SET is_on = 0')
      await writing
      for (const sql of ['DROP PROCEDURE stay_busy', 'DROP TABLE busy']) await admin.query(sql)
      for (const connection of [admin, writer]) await connection.end()
    },
  }
}
