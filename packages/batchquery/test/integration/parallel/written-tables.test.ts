import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { askSession } from '../../../src/database/ask-session.ts'
import type { Session } from '../../../src/database/database.ts'
import type { StagedExport } from '../../../src/journal/index.ts'
import { BUCKET, exported, type World, world } from './fixture.ts'

/*
 * Tables whose rows other programs lose or read twice when they read in parallel, while writers change them. Each row has a `tag` that
 * never changes. Each transaction of a writer moves money between rows, and keeps this true:
 *
 *     the sum of `money` is MONEY, and the row of a writer counts the rows that it has added less those that it has removed
 *
 * So the rows of any one moment agree, and rows of two moments do not.
 */

const ROWS = 3_000
const MONEY = 60_000
const WRITERS = [1, 2]

/** @param key the values of a row's key as SQL, by a number that no other row has */
interface Shape {
  readonly title: string
  readonly columns: Readonly<Record<'mysql' | 'postgres', string>>
  readonly by: readonly string[]
  readonly key: (number: number) => readonly string[]
}

const digits = (number: number): string => createHash('md5').update(String(number)).digest('hex')
const uuid = (number: number): string =>
  digits(number).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "'$1-$2-$3-$4-$5'")
/** Their order in a language is not that of their bytes. */
const LETTERS = ['a', 'B', 'ä', 'Z', 'é', 'z', 'Ö', '_', 'ß', '東']

const same = (columns: string): Shape['columns'] => ({ mysql: columns, postgres: columns })

const SHAPES: readonly Shape[] = [
  {
    title: 'a sparse key with gaps of 10^12 and negative values',
    columns: same('k BIGINT NOT NULL, PRIMARY KEY (k)'),
    by: ['k'],
    key: number => [`${number % 2 === 0 ? '' : '-'}${number}000000000000`],
  },
  {
    title: 'a key whose first column has one value',
    columns: same('a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b)'),
    by: ['a', 'b'],
    key: number => ['1', `${number}`],
  },
  {
    title: 'a key whose first column has mostly one value',
    columns: same('a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b)'),
    by: ['a', 'b'],
    key: number => [number % 10 === 0 ? `${number}` : '77', `${number}`],
  },
  {
    title: 'a UUID as its key',
    columns: {
      mysql: 'k CHAR(36) CHARACTER SET ascii NOT NULL, PRIMARY KEY (k)',
      postgres: 'k uuid PRIMARY KEY',
    },
    by: ['k'],
    key: number => [uuid(number)],
  },
  {
    title: 'words in the order of a language as its key',
    columns: {
      mysql:
        'k VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL, n INT NOT NULL, PRIMARY KEY (k, n)',
      postgres: 'k text COLLATE "de-x-icu" NOT NULL, n int NOT NULL, PRIMARY KEY (k, n)',
    },
    by: ['k', 'n'],
    key: number => [`'${LETTERS[number % LETTERS.length]}${number % 70}'`, `${number}`],
  },
  {
    title: 'bytes as its key',
    columns: {
      mysql: 'k VARBINARY(16) NOT NULL, PRIMARY KEY (k)',
      postgres: 'k text COLLATE "C" PRIMARY KEY',
    },
    by: ['k'],
    key: number => [`'${digits(number).slice(0, 15)}'`],
  },
  {
    title: 'decimals as its key',
    columns: same('k DECIMAL(30, 10) NOT NULL, PRIMARY KEY (k)'),
    by: ['k'],
    key: number => [`${number % 2 === 0 ? '-' : ''}${number}.${`${number}`.padStart(10, '0')}`],
  },
  {
    title: 'NULL in the column that divides it',
    columns: same('k INT'),
    by: ['k'],
    key: number => [number % 5 === 0 ? 'NULL' : `${number % 100}`],
  },
  {
    title: 'mostly one value in the column that divides it',
    columns: same('k INT'),
    by: ['k'],
    key: number => [number % 10 === 0 ? `${number}` : '5'],
  },
]

async function fill(session: Session, { columns, by, key }: Shape): Promise<void> {
  const ofDialect = columns[session.dialect === 'mysql' ? 'mysql' : 'postgres']
  const run = (sql: string) => session.execute(sql, 0)
  await run(
    `CREATE TABLE w (${ofDialect}, tag BIGINT NOT NULL UNIQUE, money BIGINT NOT NULL, added INT NOT NULL)`,
  )
  if (!ofDialect.includes('PRIMARY')) await run(`CREATE INDEX by_key ON w (${by.join(', ')})`)
  const row = (number: number, tag: number, money: number): string =>
    `(${[...key(number), tag, money, 0].join(', ')})`
  const rows = [
    ...Array.from({ length: ROWS }, (_, at) => row(at + 1, at + 1, MONEY / ROWS)),
    ...WRITERS.map(writer => row(ROWS + writer, -writer, 0)),
  ]
  for (let at = 0; at < rows.length; at += 1000)
    await run(`INSERT INTO w VALUES ${rows.slice(at, at + 1000).join(', ')}`)
  await run(session.dialect === 'mysql' ? 'ANALYZE TABLE w' : 'ANALYZE w')
}

/** Counts what all writers have committed. */
class Writers {
  transactions = 0
  readonly #shape: Shape
  readonly #writing: readonly Promise<void>[]
  #isStopped = false
  #number = 10 * ROWS

  constructor({ database }: World, shape: Shape) {
    this.#shape = shape
    this.#writing = WRITERS.map(async writer => {
      const session = await database.connect('batchquery writer')
      try {
        // Without a pause, a busy machine would starve the lock of MariaDB.
        for (let round = 0; !this.#isStopped; round++, await sleep(5))
          await this.#transaction(session, writer, round)
      } finally {
        await session.close()
      }
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#writing)
  }

  async #transaction(session: Session, writer: number, round: number): Promise<void> {
    const run = (sql: string) => session.execute(sql, 0)
    await run('BEGIN')
    try {
      const from = (round * 7919 * writer) % ROWS
      const [[tag, money] = []] = await askSession(
        session,
        `SELECT tag, money FROM w WHERE tag > ${from} ORDER BY tag LIMIT 1 FOR UPDATE`,
      )
      const [sql, taken, added] = this.#change(Number(tag), Number(money), round)
      await run(sql)
      await run(`UPDATE w SET money = money + ${taken}, added = added + ${added} WHERE tag = -${writer}`)
      await run('COMMIT')
      this.transactions++
    } catch {
      // Two writers have chosen the same rows, or the same key.
      await run('ROLLBACK')
    }
  }

  /** A statement, the money that it leaves to the writer, and how many rows it adds. */
  #change(tag: number, money: number, round: number): readonly [sql: string, taken: number, added: number] {
    const { by, key } = this.#shape
    const number = this.#number++
    const values = key(number)
    switch (round % 3) {
      case 0:
        return [`INSERT INTO w VALUES (${values.join(', ')}, ${number}, 9, 0)`, -9, 1]
      case 1:
        return [`DELETE FROM w WHERE tag = ${tag}`, money, -1]
      default:
        return [
          `UPDATE w SET ${by.map((column, at) => `${column} = ${values[at]}`).join(', ')}, money = money - 3 WHERE tag = ${tag}`,
          3,
          0,
        ]
    }
  }
}

interface Row {
  readonly tag: number
  readonly money: number
  readonly added: number
}

async function rowsOf({ store }: World, { parts }: StagedExport): Promise<readonly Row[]> {
  const texts = await Promise.all(
    parts.map(async ({ token }) =>
      Buffer.from((await store.read({ bucket: BUCKET, key: token.key }))?.bytes ?? []).toString(),
    ),
  )
  const lines = texts.join('').split('\n').slice(0, -1)
  return lines.map(line => {
    const [tag, money, added] = line.split(',').map(Number)
    return { tag, money, added }
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

describe.each(['mysql', 'postgres'] as const)('%s', dialect => {
  test.each(SHAPES)(
    '$title: every row is exported once, as of one moment, while others write',
    async shape => {
      const here = await world(dialect)
      await fill(here.session, shape)
      const writers = new Writers(here, shape)
      onTestFinished(() => writers.stop())
      const clauses = { format: 'CSV', overwrite: 'ON' } as const
      for (let round = 0; round < 2; round++) {
        const before = writers.transactions
        await expect.poll(() => writers.transactions).toBeGreaterThan(before + 5)
        const query = `SELECT tag, money, added FROM w`
        const { staged } = await exported(here, { query, clauses, parallel: { by: shape.by, readers: 2 } })
        const rows = await rowsOf(here, staged)
        expect(staged).toMatchObject({ level: 'snapshot', rows: rows.length })
        expect(staged.parts.length).toBeGreaterThan(1)
        expect(new Set(rows.map(({ tag }) => tag)).size).toBe(rows.length)
        expect(sum(rows.map(({ money }) => money))).toBe(MONEY)
        expect(rows.length).toBe(ROWS + WRITERS.length + sum(rows.map(({ added }) => added)))
      }
    },
  )
})
