import { expect, test } from 'vitest'
import { TablePrinter } from '../../../../src/cli/query/table-printer.ts'
import type { TypedColumn } from '../../../../src/format/index.ts'

const column = (name: string, kind: TypedColumn['kind'], type: TypedColumn['type'] = 'text') =>
  ({ name: Buffer.from(name), kind, type, encoding: 'utf8', isLarge: false }) as const
const COLUMNS = [column('id', 'number', 'integer'), column('名前', 'string')]

function print(csv: string, { columns = COLUMNS, header = true } = {}): string {
  const printer = new TablePrinter(header)
  const parts = [
    printer.begin(columns),
    ...Array.from(Buffer.from(csv, 'utf8'), byte => printer.rows(Uint8Array.of(byte))),
    printer.end(),
  ]
  return Buffer.concat(parts).toString()
}

test('the table aligns numbers right, counts wide characters twice, and distinguishes NULL from an empty string', () => {
  expect(print('7,日本語\n1234,""\n,\n')).toBe(
    ['  id  名前', '----  ------', '   7  日本語', '1234', 'NULL  NULL', ''].join('\n'),
  )
  expect(print('7,x\n', { header: false })).toBe('7  x\n')
  expect(print('')).toBe('id  名前\n--  ----\n')
})

test('what would move the cursor or turn the text is shown', () => {
  expect(print('1,"a\nb\tc\r\u001b[2J\u202e\u009b"\n')).toContain('1  a\\nb\\tc\\r\\u001b[2J\\u202e\\u009b\n')
})

test('a long value is cut, between characters', () => {
  const [, , line] = print(`1,${'é'.repeat(100_000)}\n2,${'語'.repeat(50)}\n`).split('\n')
  expect(line).toBe(` 1  ${'é'.repeat(99)}…`)
  expect(print(`1,${'語'.repeat(51)}\n`)).toContain(` 1  ${'語'.repeat(49)}…\n`)
  expect(print(`1,${'語'.repeat(50)}\n`)).toContain(` 1  ${'語'.repeat(50)}\n`)
})

test('binary values are hexadecimal', () => {
  expect(print('\\x01af\n', { columns: [column('b', 'string', 'binary')], header: false })).toBe('0x01AF\n')
})

test('after the first thousand rows the widths stay, and rows go out at once', () => {
  const printer = new TablePrinter(true)
  printer.begin(COLUMNS)
  expect(printer.rows(Buffer.from('1,x\n'.repeat(999)))).toHaveLength(0)
  const first = Buffer.from(printer.rows(Buffer.from('1,x\n'))).toString()
  expect(first.split('\n')).toHaveLength(1003)
  expect(Buffer.from(printer.rows(Buffer.from('123456,long\n'))).toString()).toBe('123456  long\n')
  expect(printer.end()).toHaveLength(0)
})

test('the table has an empty line between two results', () => {
  const printer = new TablePrinter(false)
  const parts = [1, 2].flatMap(() => [
    printer.begin(COLUMNS),
    printer.rows(Buffer.from('1,x\n')),
    printer.end(),
  ])
  expect(Buffer.concat(parts).toString()).toBe('1  x\n\n1  x\n')
})
