import { expect, test } from 'vitest'
import { mariadb } from './query-databases.ts'
import { Workspace } from './workspace.ts'

/* A task runs as in the server's own client, and what the server said of each statement is in the log all the same. */

const TASK = `CREATE TABLE st (id INT PRIMARY KEY, n INT);
INSERT INTO st VALUES (1, 0), (2, 0), (3, 0);
INSERT IGNORE INTO st VALUES (3, 1), (4, 1), (2, 1);
SELECT ROW_COUNT() AS inserted INTO OUTFILE S3 './o/inserted' FORMAT CSV;
UPDATE st SET n = 5 WHERE id <= 2;
SET @changed = ROW_COUNT();
DELETE FROM st WHERE id > 1;
SELECT @changed, ROW_COUNT() INTO OUTFILE S3 './o/changed';
UPDATE st SET n = 6;
SELECT ROW_COUNT(), FOUND_ROWS() INTO OUTFILE S3 './o/updated' FORMAT CSV;
INSERT IGNORE INTO st VALUES (1, 1);
`

test('a task sees the counts of its own statements, and its warnings reach the log when it has ended', async () => {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(TASK, [], { environment: await mariadb() })
  expect([code, stderr]).toEqual([0, expect.any(String)])
  const part = (name: string) => workspace.read(`o/${name}.part_00000`)
  expect(await part('inserted')).toBe('1\n')
  expect(await part('changed')).toBe('2\t3\n')
  expect(await part('updated')).toBe('1,1\n')
  expect(stderr).toContain('statement 3: 2 warnings')
  expect(stderr).toMatch(/statement 3: Duplicate entry '3' .*\(1062\)/)
  expect(stderr).toMatch(/statement 3: Duplicate entry '2' .*\(1062\)/)
  expect(stderr).toMatch(/statement 11: Duplicate entry '1' .*\(1062\)/)
})

test('a failed task shows the earlier warnings of the server', async () => {
  const task = `CREATE TABLE st (id INT PRIMARY KEY);
INSERT IGNORE INTO st VALUES (1), (1);
SELECT * FROM no_such_table;
SELECT 1;
`
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(task, [], { environment: await mariadb() })
  expect(code).toBe(1)
  expect(stderr).toMatch(/statement 2: Duplicate entry '1'/)
  expect(stderr).toContain('no_such_table')
})
