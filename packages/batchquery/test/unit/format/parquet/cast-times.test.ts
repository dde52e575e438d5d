import { describe, expect, test } from 'vitest'
import { readerFor } from '../../../../src/format/parquet/readers/reader-for.ts'
import { cast, DATE, LOCAL, refusalOf, STRING, UTC } from './cast-columns.ts'
import { Random } from './random.ts'
import { type ColumnType, compare, readEach } from './read-values.ts'

describe('a time of day', () => {
  test('is its microseconds', () => {
    const random = new Random()
    compare(
      cast({ kind: 'time' }),
      20_000,
      () => {
        const micros = random.integer(0, 86_399_999_999)
        const iso = new Date(Math.floor(micros / 1000)).toISOString().slice(11, 23)
        const text = `${iso}${String(micros % 1000).padStart(3, '0')}`
        return [
          random.chance(0.5) ? `${text}000` : text.replace(/\.?0+$/, micros % 60_000_000 === 0 ? '$&' : ''),
          BigInt(micros),
        ]
      },
      plain => plain.readBigInt64LE(),
    )
  })

  test.each([
    '24:00:00',
    '-01:00:00',
    '25:00:00',
    '838:59:59',
    '12:60:00',
    '12:00:60',
    '12:00',
    '12:00:00.',
    '1:00:00',
    '',
  ])('is not %j', text => {
    expect(refusalOf(cast({ kind: 'time' }), text)).toMatchObject({
      why: 'is not a time of day from 00:00:00 to 23:59:59.999999',
      shown: text,
    })
  })

  test.each(['12:00:00.0000001', '12:00:00+02', '12:00:00Z', '12:00:00 '])('is not %j either', text => {
    refusalOf(cast({ kind: 'time' }), text)
  })
})

describe('a date', () => {
  const days = (column: ColumnType, text: string) =>
    readEach(column, [text]).map(plain => plain.readInt32LE())[0]

  test('comes from a text with a date, or with midnight of it', () => {
    for (const text of [
      '2024-02-29',
      '2024-02-29 00:00:00',
      '2024-02-29T00:00:00',
      '2024-02-29 00:00:00.000000',
    ])
      expect(days(cast(DATE), text)).toBe(19_782)
    expect(refusalOf(cast(DATE), '2024-02-29 00:00:01').why).toBe(
      'has a time of day, which DATE cannot store',
    )
    for (const text of ['', '2023-02-29', '02/29/2024', '20240229', 'infinity', ' 2024-02-29'])
      expect(refusalOf(cast(DATE), text).hint).toMatch(/^Choose another type/)
  })

  test('in a text is zero only if the clause says that such dates are NULL', () => {
    for (const type of [DATE, LOCAL, UTC]) {
      for (const text of ['0000-00-00', '2024-02-00', '2024-00-10'])
        expect(refusalOf(cast(type, STRING), text)).toMatchObject({
          why: 'is not in the calendar',
          shown: text,
        })
      expect(readerFor({ name: 'c', ...cast(type, STRING) }).hasZeroDates).toBe(false)
      expect(readerFor({ name: 'c', ...cast(type, STRING, { invalidDates: 'NULL' }) }).hasZeroDates).toBe(
        true,
      )
      expect(readerFor({ name: 'c', ...cast(type, STRING, { invalidDates: 'ERROR' }) }).hasZeroDates).toBe(
        false,
      )
    }
    expect(readerFor({ name: 'c', ...cast(LOCAL, DATE) }).hasZeroDates).toBe(true)
    expect(readerFor({ name: 'c', ...cast(DATE, LOCAL, { wire: 'leDate' }) }).hasZeroDates).toBe('binary')
  })

  test('is refused if it is zero and the clause says so', () => {
    const column: ColumnType = { type: DATE, wire: 'text', invalidDates: 'ERROR' }
    expect(readerFor({ name: 'c', ...column }).hasZeroDates).toBe(false)
    expect(refusalOf(column, '2024-02-00')).toMatchObject({
      why: 'is not in the calendar',
      shown: '2024-02-00',
    })
    const binary: ColumnType = { type: LOCAL, wire: 'leDate', invalidDates: 'ERROR' }
    expect(refusalOf(binary, Buffer.from('e8070200', 'hex'))).toMatchObject({ why: 'is not in the calendar' })
  })
})

describe('a timestamp', () => {
  const micros = (column: ColumnType, text: string | Buffer) =>
    readEach(column, [text]).map(plain => plain.readBigInt64LE())[0]
  const NOON = 1_709_208_000_000_000n

  test('comes from text', () => {
    for (const text of ['2024-02-29 12:00:00', '2024-02-29T12:00:00.000', '2024-02-29 12:00:00.000000000'])
      expect(micros(cast(LOCAL), text)).toBe(NOON)
    expect(micros(cast(LOCAL, DATE), '2024-02-29')).toBe(NOON - 43_200_000_000n)
    for (const text of [
      '2024-02-29 12:00:00+00',
      '2024-02-29T12:00:00Z',
      '2024-02-29 14:00:00.000000000+02:00',
    ])
      expect(micros(cast(UTC), text)).toBe(NOON)
    for (const text of ['2024-02-29 12:00:00Z', '2024-02-29 12:00:00.0000001', '2024-02-29 24:00:00', 'now'])
      expect(refusalOf(cast(LOCAL), text).hint).toMatch(/^Choose another type/)
  })

  test('of UTC needs an offset, or the zone of the session', () => {
    expect(refusalOf(cast(UTC), '2024-02-29 12:00:00')).toMatchObject({
      why: 'has no offset from UTC',
      hint: 'Add an offset after the time, such as +00:00, or convert the column in the query.',
    })
    const zoned = cast(UTC, LOCAL, { offsetAt: local => (local < 1_709_208_000 ? 3600 : Number.NaN) })
    expect(micros(zoned, '2024-02-29 11:00:00')).toBe(NOON - 7_200_000_000n)
    expect(refusalOf(zoned, '2024-02-29 12:00:00')).toMatchObject({
      why: "cannot become UTC, because the session's time zone has that time twice or not at all",
      hint: expect.stringMatching(/^Choose another type/),
    })
    expect(refusalOf(zoned, 'noon').why).toMatch(/^is not a valid timestamp/)
    // The session shows a TIMESTAMP by its own clock.
    expect(micros(cast(LOCAL, UTC, { offsetAt: () => Number.NaN }), '2024-02-29 12:00:00')).toBe(NOON)
  })

  const since2000 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(value)
    return bytes
  }
  const TO_2000 = 946_684_800_000_000n

  test('in the binary form of PostgreSQL becomes UTC on the server', () => {
    const column = cast(UTC, LOCAL, { wire: 'timestamp' })
    expect(micros(column, since2000(NOON - TO_2000))).toBe(NOON)
    expect(refusalOf(column, '2024-10-27 02:30:00')).toMatchObject({
      why: "cannot become UTC, because the session's time zone has that time twice or not at all",
      shown: '2024-10-27 02:30:00',
    })
    expect(refusalOf(column, since2000(2n ** 63n - 1n)).shown).toBe('infinity')
  })

  test('in the binary form of PostgreSQL becomes a date, and the other way', () => {
    const toDate = cast(DATE, LOCAL, { wire: 'timestamp' })
    const day = 86_400_000_000n
    expect(readEach(toDate, [since2000(-day)])[0].readInt32LE()).toBe(10_956)
    expect(refusalOf(toDate, since2000(1n))).toMatchObject({
      why: 'has a time of day, which DATE cannot store',
      shown: '2000-01-01 00:00:00.000001',
    })
    expect(refusalOf(toDate, since2000(-1n)).shown).toBe('1999-12-31 23:59:59.999999')
    expect(refusalOf(toDate, since2000(-(2n ** 63n))).shown).toBe('-infinity')
    const toTimestamp = cast(LOCAL, DATE, { wire: 'date' })
    const date = (days: number): Buffer => {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32BE(days)
      return bytes
    }
    expect(micros(toTimestamp, date(-1))).toBe(TO_2000 - day)
    expect(refusalOf(toTimestamp, date(0x7fffffff)).shown).toBe('infinity')
    expect(refusalOf(toTimestamp, date(200_000_000)).shown).toBe('200000000 days since 2000')
  })

  test('as a count since 1970 becomes another type in DuckDB', () => {
    expect(micros(cast(UTC, LOCAL, { wire: 'epoch' }), '-5')).toBe(-5n)
    expect(refusalOf(cast(UTC, LOCAL, { wire: 'epoch' }), '2024-10-27 02:30:00').why).toMatch(
      /twice or not at all$/,
    )
    expect(refusalOf(cast(UTC, LOCAL, { wire: 'epoch' }), 'infinity').why).toBe(
      'cannot be a timestamp in Parquet',
    )
    expect(refusalOf(cast(DATE, LOCAL, { wire: 'epoch' }), '2024-10-27 02:30:00').why).toMatch(
      /^has a time of day/,
    )
    expect(refusalOf(cast(DATE, LOCAL, { wire: 'epoch' }), 'infinity').why).toBe(
      'cannot be a date in Parquet',
    )
  })
})
