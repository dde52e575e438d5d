import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { Workspace } from '../cli/workspace.ts'

const ROWS = `SELECT 'Müller "Ä"; ß' AS name, 'two\nlines' AS note, '007' AS code, '="007"' AS kept, 42 AS id`
const LAYOUT = "FORMAT CSV HEADER BOM ON FIELDS TERMINATED BY ';' LINES TERMINATED BY '\\r\\n'"

/**
 * The settings of LibreOffice's import dialog: semicolon, quote, UTF-8, from line 1, then the types of the columns.
 * https://help.libreoffice.org/latest/en-US/text/shared/guide/csv_params.html
 */
const PROPOSED = '59,34,76,1,,0,false,true,false'
const AS_TEXT = '59,34,76,1,1/2/2/2/3/2/4/2/5/2,0,false,false,false'

/** The cells of the file as LibreOffice shows them. */
async function cellsOf(workspace: Workspace, settings: string): Promise<string[][]> {
  const { folder } = workspace
  execFileSync(
    'soffice',
    [
      `-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`,
      ...['--headless', `--infilter=Text - txt - csv (StarCalc):${settings}`],
      ...['--convert-to', 'fods', '--outdir', 'opened', 'out.csv'],
    ],
    { cwd: folder, stdio: 'pipe' },
  )
  const sheet = await readFile(join(folder, 'opened/out.fods'), 'utf8')
  return [...sheet.matchAll(/<table:table-row.*?<\/table:table-row>/gs)].map(([row]) =>
    [...row.matchAll(/<table:table-cell.*?<\/table:table-cell>/gs)].map(([cell]) =>
      [...cell.matchAll(/<text:p>(.*?)<\/text:p>/gs)].map(([, text]) => unescaped(text)).join('\n'),
    ),
  )
}

const unescaped = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&')

test('LibreOffice shows umlauts, quotes, line breaks and, in columns of text, leading zeros as written', async () => {
  const workspace = await Workspace.create()
  await workspace.runSql(`${ROWS} INTO OUTFILE S3 's3://batchquery-s3/output/r' ${LAYOUT}`)
  await workspace.run(['get', 'r1', '--join', 'out.csv'])
  const header = ['name', 'note', 'code', 'kept', 'id']
  const text = ['Müller "Ä"; ß', 'two\nlines']
  // A column that the user did not declare as text: LibreOffice and Excel make a number of 007, and a text of ="007".
  expect(await cellsOf(workspace, PROPOSED)).toEqual([header, [...text, '7', '007', '42']])
  expect(await cellsOf(workspace, AS_TEXT)).toEqual([header, [...text, '007', '="007"', '42']])
})
