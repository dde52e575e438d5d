import { expect, onTestFinished, test } from 'vitest'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { openDatabase, serverUrl } from '../mysql/session.ts'

/* Features that only MariaDB has: `npm run test:versions` leaves this folder out. */

test('a result that the server cut is reported as such', async () => {
  const session = await openDatabase(serverUrl(await freshDatabase())).connect('batchquery mariadb')
  onTestFinished(() => session.close())
  const { warnings } = await session.execute(
    'SELECT a.seq FROM seq_1_to_1000 a, seq_1_to_1000 b LIMIT ROWS EXAMINED 100',
    1,
  )
  expect(warnings).toMatchObject([{ code: '1931', rowsMissing: true }])
})
