import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'
import {
  collect as collectMysql,
  serverUrl as mysqlUrl,
  openDatabase as openMysql,
} from '../mysql/session.ts'
import { collect, openDatabase, serverUrl } from '../postgres/session.ts'
import { LITERALS, query } from './hard-rows.ts'

let mysql: Session
let postgres: Session

beforeAll(async () => {
  mysql = await openMysql(mysqlUrl(await freshDatabase())).connect('batchquery csv sets')
  postgres = await openDatabase(serverUrl(await freshPostgresDatabase())).connect('batchquery csv sets')
})

afterAll(async () => {
  for (const session of [mysql, postgres]) await session?.close()
})

/** Texts that a character set has, and what Python calls it. Most have a character whose second byte is `|`, `\` or `@`. */
const SETS = [
  ['sjis', 'shift_jis', ['ポ', 'ソ表能', 'ア@|ァ', 'ミ"ポ,', '能|']],
  ['cp932', 'cp932', ['ポ', 'ソ表能', '①|ァ', 'ミ"ポ,', '髙']],
  ['gbk', 'gbk', ['丂', '亅|亗', '弢"@', '乗\\', '中文']],
  ['big5', 'big5', ['功', '許蓋', '育"|', '一@', '中文']],
  ['gb18030', 'gb18030', ['丂', '亅|亗', '€0', 'é9', '中文']],
  ['euckr', 'euc_kr', ['한글', '가|나', '"다",', '@', '라']],
  ['gb2312', 'gb2312', ['中文', '一|二', '"三",', '@', '四']],
  ['ujis', 'euc_jp', ['ポ', 'ソ表能', 'ア|ァ', '"ミ",', '日本']],
  ['latin1', 'cp1252', ['é', 'ü|ö', '"ß",', '€@', 'ñ']],
  ['utf8mb4', 'utf8', ['é', '日|本', '"𝄞",', '€@', '한']],
] as const

const LAYOUTS = [',"', '|"', '@\\', '\\|', '0{'] as const

test.each(SETS)(
  'CSV has the bytes of COPY, and a reader reads the texts, when CHARACTER SET is %s',
  async (characterSet, codec, texts) => {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-csv-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const table = texts.map((text, at) => [text, texts[(at + 1) % texts.length], at % 2 === 0 ? null : ''])
    const names = [texts[0], 'n|"', 'c']
    const cases: object[] = []
    const sets = await mysqlSets()
    for (const [delimiter, quote] of LAYOUTS) {
      const options = {
        format: 'CSV',
        characterSet,
        header: true,
        layout: { fieldsTerminatedBy: Buffer.from(delimiter), enclosedBy: Buffer.from(quote) },
      } as const
      const named = (sql: string, mark: string): string =>
        `SELECT ${names.map((name, at) => `c${at} AS ${mark}${name}${mark}`).join(', ')} FROM (${sql}) named`
      const copied = await collect(
        postgres,
        named(query(table, 3, LITERALS.postgres), '"').replaceAll('n|"', 'n|""'),
        options,
      )
      // only MySQL has gb18030
      const { header, bytes } = sets.includes(characterSet)
        ? await collectMysql(mysql, named(query(table, 3, LITERALS.mysql), '`'), options)
        : copied
      expect([header.toString('latin1'), bytes.toString('latin1')]).toEqual([
        copied.header.toString('latin1'),
        copied.bytes.toString('latin1'),
      ])
      const file = join(folder, String(cases.length))
      await writeFile(file, Buffer.concat([header, bytes]))
      cases.push({ file, delimiter, quote })
    }
    const { stdout } = await execa('python3', ['-c', PYTHON, codec, JSON.stringify(cases)])
    const rows = [names, ...table.map(row => row.map(text => text ?? ''))]
    expect(JSON.parse(stdout)).toEqual(cases.map(() => rows))
  },
)

async function mysqlSets(): Promise<readonly string[]> {
  const { results } = await mysql.execute('SHOW CHARACTER SET', 1000)
  return (results[0]?.rows ?? []).map(([name]) => name ?? '')
}

const PYTHON = `
import csv, json, sys
codec, cases = sys.argv[1:]
def read(case):
    with open(case['file'], newline='', encoding=codec) as file:
        return list(csv.reader(file, delimiter=case['delimiter'], quotechar=case['quote'], strict=True))
print(json.dumps([read(case) for case in json.loads(cases)]))
`
