import { describe, expect, test } from 'vitest'
import { takeRows } from '../../../src/export/head/take-rows.ts'
import {
  DelimitedReader,
  type FormatClauses,
  formatNamed,
  JsonLinesReader,
  jsonColumns,
  NO_FORMAT_CLAUSES,
} from '../../../src/format/index.ts'

type Written = Partial<FormatClauses['fields']> & { readonly line?: string }

function readerOf(format: 'TEXT' | 'CSV', { line, ...fields }: Written = {}, isForeign = false) {
  const clauses = {
    ...NO_FORMAT_CLAUSES,
    fields: { ...NO_FORMAT_CLAUSES.fields, ...fields },
    lines: { startingBy: null, terminatedBy: line === undefined ? null : Buffer.from(line) },
  }
  const { delimited } = formatNamed(format).plan(clauses)
  if (delimited === null) throw new Error('no delimited text')
  return new DelimitedReader(delimited, isForeign)
}

/** Reads the text in chunks of one byte, and shows the values as text. */
async function read(text: string, reader: DelimitedReader, count = 100) {
  async function* bytes() {
    for (const byte of Buffer.from(text)) yield Uint8Array.of(byte)
  }
  const rows = await takeRows(bytes(), reader, count)
  return rows.map(row => row.map(value => (value === null ? null : Buffer.from(value).toString())))
}

describe('TEXT', () => {
  test('escapes and NULL are read as LOAD DATA reads them', async () => {
    expect(await read('1\ta\\tb\\\\c\\\nd\\0\\Z\t\\N\tN\n2\t\t\\\\N\t\n', readerOf('TEXT'))).toEqual([
      ['1', 'a\tb\\c\nd\0\x1a', null, 'N'],
      ['2', '', '\\N', ''],
    ])
  })

  test('quotes and long separators are those of the statement', async () => {
    const reader = readerOf('TEXT', {
      terminatedBy: Buffer.from('||'),
      enclosedBy: Buffer.from("'"),
      line: '\r\n',
    })
    expect(await read("'a|b\\'c'||\\N\r\n'd''e'||'x\r\ny'", reader)).toEqual([
      ["a|b'c", null],
      ["d'e", 'x\r\ny'],
    ])
  })

  test('without an escape character a backslash is a character', async () => {
    const reader = readerOf('TEXT', { escapedBy: Buffer.alloc(0), enclosedBy: Buffer.from('"') })
    expect(await read('a\\nb\tNULL\t"NULL"\n', reader)).toEqual([['a\\nb', null, 'NULL']])
  })
})

describe('CSV', () => {
  test('nothing is NULL, and quotes are doubled', async () => {
    expect(await read('1,"a ""b"", c\nd",,""\n', readerOf('CSV'))).toEqual([['1', 'a "b", c\nd', null, '']])
  })

  test('a byte order mark and CR LF of another program belong to no value', async () => {
    expect(await read('\ufeffa,"b"\r\nc,"d"\r\n', readerOf('CSV', {}, true))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  test.each(['a,b"c"\n', '"a"b,c\n', 'a,"b\n'])('%j is refused', async text => {
    await expect(read(text, readerOf('CSV'))).rejects.toMatchObject({ code: 'VERIFICATION' })
  })

  test('no more chunks are read than the rows need', async () => {
    let read = 0
    async function* chunks() {
      for (; ; read++) yield Buffer.from('a,b\n'.repeat(1000))
    }
    expect(await takeRows(chunks(), readerOf('CSV'), 1500)).toHaveLength(1500)
    expect(read).toBeLessThan(4)
  })

  test('a row that never ends is refused after 64 MiB', async () => {
    async function* chunks() {
      for (;;) yield Buffer.alloc(8 * 1024 * 1024, 'x')
    }
    await expect(takeRows(chunks(), readerOf('CSV'), 1)).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe('JSON Lines', () => {
  const lines = async (text: string) => {
    async function* chunks() {
      yield Buffer.from(text)
    }
    return jsonColumns(await takeRows(chunks(), new JsonLinesReader(), 100))
  }

  test('values keep their digits, and several types in a column stay as they are written', async () => {
    const { columns, rows } = await lines(
      '{"a":12345678901234567890.10, "b" : "x,\\"}" ,"c":{"k":[1,{"z":"]"}]},"d":1}\n{"a":null,"b":"","c":null,"d":"e"}\n',
    )
    expect(columns.map(({ name, type, isNumber }) => [name, type.kind, isNumber])).toEqual([
      ['a', 'json', true],
      ['b', 'string', false],
      ['c', 'json', false],
      ['d', 'json', false],
    ])
    expect(rows).toEqual([
      ['12345678901234567890.10', 'x,"}', '{"k":[1,{"z":"]"}]}', '1'],
      [null, '', null, '"e"'],
    ])
  })

  test.each(['{"a":1}}\n', '[1]\n', '{"a":1,"a":2}\n', 'x'])('%j is refused', async text => {
    await expect(lines(text)).rejects.toMatchObject({ code: 'VERIFICATION' })
  })

  test('an empty object has no values', async () => {
    expect(await lines('{ }\n{}')).toEqual({ columns: [], rows: [[], []] })
  })
})
