import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import type { BatchQueryError } from '../../../../src/errors/index.ts'
import { Random } from '../../format/parquet/random.ts'
import { column, type Division, Drive, encoded, LIMITS, type Row, STRING } from './drive.ts'

const csv = (columns: readonly string[], by: readonly string[], more: Partial<Division> = {}): Division => ({
  format: 'CSV',
  columns: columns.map(name => column(name)),
  by,
  ...more,
})

async function exported(division: Division, rows: readonly Row[], pieces = 0): Promise<Drive> {
  const drive = new Drive(division, new Random())
  try {
    await drive.rows(rows, pieces)
    await drive.finish()
  } finally {
    drive.encoder.discard()
  }
  return drive
}

async function failure(division: Division, rows: readonly Row[]): Promise<BatchQueryError> {
  return exported(division, rows).then(
    () => Promise.reject(new Error('nothing failed')),
    (error: BatchQueryError) => error,
  )
}

const text = (drive: Drive): Record<string, string> =>
  Object.fromEntries([...drive.parts].map(([path, parts]) => [path, parts.join('---')]))

describe('the path of a partition', () => {
  test('has the characters that Hive writes as they are, and the others percent-encoded', async () => {
    const values = [
      '',
      ' ',
      'a/b',
      '50%',
      'x=y',
      '007',
      '日本',
      "it's",
      'a:b?c*d#e"f',
      '[x]{y}^\\',
      '\t\x7f',
      '..',
    ]
    const drive = await exported(
      csv(['v', 'rest'], ['v']),
      values.map(value => [value, 'r']),
    )
    expect([...drive.parts.keys()]).toEqual([
      ...['v=', 'v= ', 'v=a%2Fb', 'v=50%25', 'v=x%3Dy', 'v=007', 'v=日本', 'v=it%27s'],
      ...['v=a%3Ab%3Fc%2Ad%23e%22f', 'v=%5Bx%5D%7By}%5E%5C', 'v=%09%7F', 'v=..'],
    ])
  })

  test('distinguishes NULL from an empty string', async () => {
    const drive = await exported(csv(['v', 'rest'], ['v']), [
      [null, 'null'],
      ['', 'empty'],
      [null, 'null again'],
    ])
    expect(text(drive)).toEqual({ 'v=__HIVE_DEFAULT_PARTITION__': 'null\nnull again\n', 'v=': 'empty\n' })
  })

  test('encodes the name of the column', async () => {
    const drive = await exported(csv(['a b/c', 'rest'], ['a b/c']), [['1', 'r']])
    expect([...drive.parts.keys()]).toEqual(['a b%2Fc=1'])
  })

  test('has the columns in the order of the clause, and the files keep them with INCLUDE', async () => {
    const division = csv(['a', 'b', 'rest'], ['b', 'a'], { include: true })
    expect(text(await exported(division, [['1', '2', 'r']]))).toEqual({ 'b=2/a=1': '1,2,r\n' })
  })

  test('has true and false for booleans, and a date as it is', async () => {
    const bool = column('flag', { type: { kind: 'bool' }, wire: 'text' })
    const date = column('day', { type: { kind: 'date' }, wire: 'text' })
    const division: Division = { format: 'CSV', columns: [bool, date, column('rest')], by: ['flag', 'day'] }
    const drive = await exported(division, [
      ['t', '2026-01-31', 'a'],
      ['false', '2026-01-31', 'b'],
    ])
    expect([...drive.parts.keys()]).toEqual(['flag=true/day=2026-01-31', 'flag=false/day=2026-01-31'])
  })

  test('of values in binary forms is their text', async () => {
    const exact = { type: { kind: 'int', bits: 32, signed: true }, wire: 'epoch' } as const
    const columns = [
      column('day', { type: { kind: 'date' }, wire: 'epoch' }),
      column('n', { ...exact, wire: 'text' }),
      column('s', STRING),
    ]
    const drive = await exported({ format: 'PARQUET', columns, by: ['day', 'n'] }, [['20484', '-7', 'x']])
    expect([...drive.parts.keys()]).toEqual(['day=2026-01-31/n=-7'])
  })
})

describe('a partitioned export fails', () => {
  test.each([
    [csv(['a', 'b'], ['c']), /"c", which the result does not have/],
    [csv(['a', 'a', 'b'], ['a']), /"a", which the result has more than once/],
    [csv(['a', 'b'], ['a', 'A']), /the column "a" twice/],
    [csv(['a'], ['a']), /names all columns of the result/],
  ])('before its first row when the columns do not fit', async (division, message) => {
    const error = await failure(division, [])
    expect(error.message).toMatch(message)
    expect(error.code).toBe('UNSUPPORTED_CLAUSE')
    expect(error.hint).not.toBeNull()
  })

  test.each(['float', 'double', 'bytes', 'json'] as const)('when a partition column is %s', async kind => {
    const columns = [column('v', { type: { kind }, wire: 'text' }), column('rest')]
    expect((await failure({ format: 'CSV', columns, by: ['v'] }, [])).message).toMatch(
      /the column "v", which is/,
    )
  })

  test('when a value has the name of the partition of NULL', async () => {
    const rows: Row[] = [
      ['x', '1'],
      ['__HIVE_DEFAULT_PARTITION__', '2'],
    ]
    const { message } = await failure(csv(['v', 'r'], ['v']), rows)
    expect(message).toBe(
      'column "v", row 2: the value "__HIVE_DEFAULT_PARTITION__" is the name of the partition of NULL',
    )
  })

  test('when a name is too long for a folder, or a key for a store', async () => {
    const long: Row[] = [['日'.repeat(100), '1']]
    expect((await failure(csv(['v', 'r'], ['v']), long)).message).toMatch(
      /row 1: .*302 bytes, and a name at most 255/,
    )
    const limits = { ...LIMITS, areFiles: false }
    expect((await exported(csv(['v', 'r'], ['v'], { limits }), long)).rowsEnded).toBe(1)
    const longer: Row[] = [['x'.repeat(1000), '1']]
    expect((await failure(csv(['v', 'r'], ['v'], { limits }), longer)).message).toMatch(/a key of 1042 bytes/)
  })

  test('when two names differ in case or in Unicode normalization alone, if names are files', async () => {
    const rows: Row[] = [
      ['de', 'a', '1'],
      ['DE', 'b', '2'],
    ]
    const { message } = await failure(csv(['v', 'w', 'r'], ['v', 'w']), rows)
    expect(message).toMatch(/row 2: the partitions "v=de" and "v=DE" differ only in case/)
    expect(
      (
        await failure(csv(['v', 'r'], ['v']), [
          ['é', '1'],
          ['e\u0301', '2'],
        ])
      ).message,
    ).toMatch(/normalization/)
    const limits = { ...LIMITS, areFiles: false }
    expect((await exported(csv(['v', 'w', 'r'], ['v', 'w'], { limits }), rows)).parts.size).toBe(2)
  })

  test('when it has more partitions than MAXPARTITIONS', async () => {
    const { message, hint } = await failure(csv(['v', 'r'], ['v'], { maxPartitions: 2 }), [
      ['1', ''],
      ['2', ''],
      ['1', ''],
      ['3', ''],
    ])
    expect(message).toBe('column "v", row 4: "v=3" would be partition 3, and MAXPARTITIONS is 2')
    expect(hint).toMatch(/MAXPARTITIONS/)
  })

  test('with the row of the result when the format refuses a value of a row that waited', async () => {
    const number = column('n', { type: { kind: 'int', bits: 32, signed: true }, wire: 'text' })
    for (const format of ['JSON', 'PARQUET'] as const) {
      const rows: Row[] = Array.from({ length: 5000 }, (_, row) => [
        `${row % 7}`,
        row === 4321 ? 'wrong' : `${row}`,
      ])
      const { message } = await failure({ format, columns: [column('v'), number], by: ['v'] }, rows)
      expect(message).toMatch(/^column "n", row 4322: the value "wrong"/)
    }
  })
})

test('two values with the same text are one partition', async () => {
  const bool = column('flag', { type: { kind: 'bool' }, wire: 'text' })
  const drive = await exported({ format: 'CSV', columns: [bool, column('r')], by: ['flag'] }, [
    ['t', '1'],
    ['f', '2'],
    ['true', '3'],
  ])
  expect(text(drive)).toEqual({ 'flag=true': '1\n3\n', 'flag=false': '2\n' })
})

test('an empty result has no block', async () => {
  const drive = await exported(csv(['v', 'r'], ['v']), [])
  expect(drive.parts.size).toBe(0)
})

test('partitions that are larger than the memory, and rows of megabytes, come back from the disk', async () => {
  const random = new Random()
  const rows: Row[] = Array.from({ length: 9000 }, (_, row) => {
    const key = row % 3 === 0 ? random.integer(1, 30) : 0
    const long = row % 1500 === 7 ? 3_000_000 + row : row % 100 === 0 ? 60_000 : 1500
    return [`${key}`, `${row}`.padEnd(long, 'x')]
  })
  const division = csv(['v', 'r'], ['v'], { blockBytes: 300_000 })
  const before = readdirSync(tmpdir()).filter(name => name.startsWith('batchquery-rows-'))
  const drive = await exported(division, rows)
  expect(readdirSync(tmpdir()).filter(name => name.startsWith('batchquery-rows-'))).toEqual(before)
  expect(drive.parts.size).toBe(31)
  for (const [path, parts] of drive.parts) {
    const expected = rows.filter(([key]) => `v=${key}` === path).map(([, value]) => value)
    const found = Buffer.concat(parts)
      .toString()
      .trimEnd()
      .split('\n')
      .map(line => line.replaceAll('"', ''))
    expect(found.length).toBe(expected.length)
    expect(found.every((line, at) => line === expected[at])).toBe(true)
  }
}, 60_000)

test('a discard at any time returns all buffers, and a finish that waits resolves', async () => {
  const rows: Row[] = Array.from({ length: 6000 }, (_, row) => [`${row % 50}`, `${row}`.padEnd(1000, 'x')])
  for (const taken of [0, 10, 1500, 3000, 6000])
    for (const turns of [0, 1, 5, 40]) {
      const drive = new Drive(csv(['v', 'r'], ['v']), new Random(taken + turns))
      await drive.rows(rows.slice(0, taken), 0.01)
      const finished = drive.encoder.finish()
      for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
      drive.encoder.discard()
      drive.encoder.discard()
      await finished
      await drive.encoder.whenReady()
      drive.releaseAll()
      expect(drive.lent).toBe(0)
    }
}, 60_000)

describe('a temporary folder', () => {
  const rows: Row[] = Array.from({ length: 6000 }, (_, row) => [`${row % 50}`, `${row}`.padEnd(1000, 'x')])

  async function inFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
    const before = process.env.TMPDIR
    process.env.TMPDIR = folder
    try {
      return await work()
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
  }

  test('in memory ends the export with a hint when the rows need more than the process has', async () => {
    const division = csv(['v', 'r'], ['v'], { memoryBytes: 0 })
    const { message, hint } = await inFolder('/dev/shm', () => failure(division, rows))
    expect(message).toMatch(/^the temporary folder \/dev\/shm is memory/)
    expect(hint).toMatch(/TMPDIR.*ephemeralStorage/)
  })

  test('in memory is told as a warning, one on a disk as a note with its free space', async () => {
    const warnings: string[] = []
    const notes: string[] = []
    const told = { warn: (text: string) => warnings.push(text), note: (text: string) => notes.push(text) }
    const division = csv(['v', 'r'], ['v'], { ...told, memoryBytes: 1280 * 1024 ** 2 })
    await inFolder('/dev/shm', () => exported(division, rows))
    expect(warnings).toEqual([
      expect.stringMatching(
        /wait in \/dev\/shm \(TMPDIR\), which is memory: they may take \d+ MiB\. Set TMPDIR to .*ORDER BY/,
      ),
    ])
    expect(notes).toEqual([])
    await inFolder(import.meta.dirname, () => exported(division, rows))
    expect(warnings.length).toBe(1)
    expect(notes).toEqual([expect.stringMatching(/\(TMPDIR\), which has \d+ MiB free$/)])
  })
})

test('the order of the rows of a partition stays when rows come in pieces', async () => {
  const rows: Row[] = [
    ['b', '1'],
    ['a', '2'],
    ['b', '3'],
  ]
  const drive = await exported(csv(['v', 'r'], ['v']), rows, 1)
  const kept = [column('r')]
  expect(drive.parts.get('v=b')?.[0].equals(await encoded('CSV', kept, [['1'], ['3']]))).toBe(true)
})
