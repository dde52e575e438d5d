import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileSource } from '../../../src/run/index.ts'
import { SqlTask } from '../../../src/statements/sql-task.ts'
import { decodeTask, TaskText } from '../../../src/statements/task-text.ts'
import { DirectoryStore } from '../../../src/store/index.ts'

const source = join(import.meta.dirname, '../../../src')
const PLACES = { store: new DirectoryStore('/nowhere'), folder: '/nowhere' }
const URLS = new Map([
  [null, 'mysql://u@h/d'],
  ['other', 'mysql://u@other/d'],
  ['pg', 'postgres://u@h/d'],
])

/** Reads a task. `asked` contains the names of databases that it asked for, in order. */
function read(text: string) {
  const asked: (string | null)[] = []
  const urlOf = (named: string | null): string => {
    asked.push(named)
    return URLS.get(named) ?? ''
  }
  return { asked, text: TaskText.read(text, urlOf) }
}

test('one function of src parses directives', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.ts'),
  )
  const calling = files.filter(path => /readDirectives\(/.test(readFileSync(join(source, path), 'utf8')))
  expect(calling).toEqual(['statements/task-text.ts'])
})

test.each([
  ['the configured database', 'SELECT 1', 'mysql'],
  ['another database of the dialect', '-- @database other\nSELECT 1', 'mysql'],
  ['a database of another dialect', '-- @database pg\nSELECT 1', 'postgres'],
])('a task has the dialect of its database when it runs on %s', (_, sql, dialect) => {
  const { text, asked } = read(sql)
  expect(text).toMatchObject({ dialect, refusal: null })
  expect(asked).toEqual([null, text.directives.database])
})

test('the dialect of the named database decides what a comment is', () => {
  const { text } = read('-- @database pg\n# MySQL\n-- @param day date\nSELECT 1')
  expect(text.directives.parameters).toEqual([])
})

test('a task throws the error of its directives when they cannot be read', () => {
  const { text } = read('-- @databse main\nSELECT 1')
  expect(text.directives).toEqual({ parameters: [], database: null, timeout: null })
  expect(() => text.checked()).toThrow('line 1: unknown directive "@databse"')
  expect(() => new SqlTask(text, { given: {}, places: PLACES })).toThrow('line 1: unknown directive')
})

test('a task keeps its secrets secret when only the dialect of the named database refuses a directive', () => {
  const { text } = read("-- @database pg\n-- @param key secret\n-- @param t text = '\0'\nSELECT :key, :t")
  expect(text.isSecret('key')).toBe(true)
  expect(text.refusal).toMatchObject({ code: 'SQL_SYNTAX' })
})

test.each([
  ['an empty file', '', 'is empty'],
  ['a NUL', 'SELECT 1\0', 'is a binary file'],
  ['other bytes than UTF-8', Buffer.from([0xe9]), 'is not UTF-8'],
  ['lines that end in CR alone', '-- a\rSELECT 1', 'has lines that end in CR only'],
])('the decoder refuses a task when it is %s', (_, bytes, message) => {
  const task = fileSource({ path: 'a.sql', bytes: Buffer.from(bytes) })
  expect(() => decodeTask(task, 'a.sql')).toThrow(`the task a.sql ${message}`)
})
