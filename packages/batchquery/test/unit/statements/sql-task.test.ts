import { describe, expect, it } from 'vitest'
import type { ServerKind } from '../../../src/database/database.ts'
import type { Dialect } from '../../../src/sql/index.ts'
import { SqlTask } from '../../../src/statements/sql-task.ts'
import { TaskText } from '../../../src/statements/task-text.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

const PLACES = { store: new DirectoryStore('/nowhere'), folder: '/nowhere' }
const URLS = { mysql: 'mysql://u@h/d', postgres: 'postgres://u@h/d', duckdb: 'duckdb::memory:' }
const KINDS: Record<Dialect, ServerKind> = { mysql: 'mariadb', postgres: 'postgres', duckdb: 'duckdb' }

const read = (text: string, dialect: Dialect = 'mysql', given: Record<string, string> = {}): SqlTask =>
  new SqlTask(
    TaskText.read(text, () => URLS[dialect]),
    { given, places: PLACES },
  )

/**
 * Reads a task's statements in a session whose setting changes.
 *
 * @param settings the setting at the login and after each statement; the last one stays
 */
const take = (
  task: SqlTask,
  dialect: Dialect,
  settings: readonly (string | null)[],
  kind = KINDS[dialect],
) => {
  let taken = 0
  const session = {
    dialect,
    server: { kind, version: '' },
    get stringSetting() {
      return settings[Math.min(taken, settings.length - 1)] ?? null
    },
  }
  const steps: string[] = []
  for (const { number, statement, isLast } of task.stepsIn(session)) {
    steps.push(`${number}${isLast ? '!' : ''} ${statement.line}: ${statement.text}`)
    taken++
  }
  return steps
}

describe('a task', () => {
  it.each<[Dialect, string, string]>([
    ['mysql', `SELECT 'C:\\' AS path INTO OUTFILE S3 './o/r'`, 'NO_BACKSLASH_ESCAPES'],
    ['mysql', `SELECT 'a', "b""c'd" INTO OUTFILE S3 './o/r'`, 'ANSI_QUOTES'],
    ['postgres', `SELECT 'it\\'s; x' AS a INTO OUTFILE S3 './o/r'`, 'off'],
    [
      'mysql',
      `-- @param d text\nSELECT '\\', :d INTO OUTFILE S3 './o/r-':d LINES TERMINATED BY '\\'`,
      'NO_BACKSLASH_ESCAPES',
    ],
  ])('is accepted when some server accepts it: %s: %s', (dialect, sql, setting) => {
    const task = read(sql, dialect, sql.includes(':d') ? { d: '7' } : {})
    expect(take(task, dialect, [setting])).toHaveLength(1)
  })

  it.each<[Dialect, string, string]>([
    [
      'mysql',
      `SELECT 'x\\'; SELECT 1 INTO OUTFILE S3 'x' OVERWRIT ON`,
      'line 1, column 40: expected the closing',
    ],
    ['mysql', `SELECT 1;\nSELECT "a" INTO OUTFILE S3 'x' OVERWRIT ON`, 'line 2, column 32: .*"OVERWRIT"'],
    ['postgres', 'SELECT 1 INTO OUTFILE S3', 'line 1, column 25: expected a string after INTO OUTFILE S3'],
    ['mysql', '-- nothing', 'the task has no statement'],
    ['mysql', 'SELECT :a, :b', 'the run has no value for a .*, b '],
  ])(
    'is refused with the error of a default server when no server accepts it: %s: %s',
    (dialect, sql, message) => {
      expect(() => read(sql, dialect)).toThrow(new RegExp(message))
    },
  )

  it('is refused by the rules of the session before a statement has run', () => {
    const task = read(`SELECT 1; SELECT 'C:\\'`)
    expect(() => take(task, 'mysql', [''])).toThrow('line 1, column 18: expected the closing')
    expect(take(task, 'mysql', ['NO_BACKSLASH_ESCAPES'])).toHaveLength(2)
  })

  it('knows a parameter when the session reads it as one', () => {
    const sql = `SELECT 'a\\', :day, 'b'`
    expect(take(read(sql, 'mysql', { day: '7' }), 'mysql', ['NO_BACKSLASH_ESCAPES'])).toEqual([
      `1! 1: SELECT 'a\\', _utf8mb4 X'37', 'b'`,
    ])
    expect(() => take(read(sql, 'mysql', { day: '7' }), 'mysql', [''])).toThrow(/closing/)
    expect(() => read(`SELECT ':day'`, 'mysql', { day: '7' })).toThrow('the task has no parameter "day"')
  })
})

describe('the statements of a session', () => {
  const RESTORED = `SET SQL_MODE=@OLD;\nSELECT 'a\\', "b";\n\nSELECT 1 INTO OUTFILE S3 "./o" LINES TERMINATED BY "\\";`

  it('are read again from the statement after which the session reads strings otherwise', () => {
    expect(take(read(RESTORED), 'mysql', ['', 'NO_BACKSLASH_ESCAPES'])).toEqual([
      '1 1: SET SQL_MODE=@OLD',
      `2 2: SELECT 'a\\', "b"`,
      '3! 4: SELECT 1 INTO OUTFILE S3 "./o" LINES TERMINATED BY "\\"',
    ])
  })

  it('are refused with their line when they are wrong for the session', () => {
    expect(() => take(read(RESTORED), 'mysql', ['', ''])).toThrow('line 2, column 8: expected the closing')
    expect(() => take(read(RESTORED), 'mysql', ['', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'])).toThrow(
      'line 4, column 26: expected a string after INTO OUTFILE S3',
    )
  })

  it('keep their numbers, lines, delimiter and parameters when they are read again', () => {
    const sql = [
      'DELIMITER //',
      'SET sql_mode = REPLACE(@@sql_mode, :a, :b)//',
      `SELECT 'x\\', :a;`,
      `SELECT 2//`,
      `SELECT '//', :b//`,
    ].join('\n')
    const task = read(sql, 'mysql', { a: 'A', b: 'B' })
    expect(take(task, 'mysql', ['', 'NO_BACKSLASH_ESCAPES'])).toEqual([
      "1 2: SET sql_mode = REPLACE(@@sql_mode, _utf8mb4 X'41', _utf8mb4 X'42')",
      `2 3: SELECT 'x\\', _utf8mb4 X'41';\nSELECT 2`,
      "3! 5: SELECT '//', _utf8mb4 X'42'",
    ])
  })

  it('are not read again when the session does not report its setting', () => {
    const sql = `SET sql_mode='NO_BACKSLASH_ESCAPES'; SELECT '\\'; SELECT 2`
    expect(take(read(sql), 'mysql', ['', null])).toHaveLength(3)
  })

  it('follow a setting that a ROLLBACK restores', () => {
    const sql = `BEGIN; SET standard_conforming_strings = off; SELECT 'it\\'s'; ROLLBACK; SELECT 'C:\\'; SELECT 2`
    expect(take(read(sql, 'postgres'), 'postgres', ['on', 'on', 'off', 'off', 'on'])).toHaveLength(6)
  })
})

describe('an export in a routine', () => {
  const SQL = `CREATE PROCEDURE p() BEGIN SELECT 1 INTO OUTFILE S3 's3://b/x'; END`

  it('is refused when the server does not support it', () => {
    expect(() => take(read(SQL), 'mysql', [''])).toThrow('exports only a query')
  })

  it('is accepted when the server is Aurora MySQL', () => {
    expect(take(read(SQL), 'mysql', [''], 'aurora-mysql')).toHaveLength(1)
  })
})
