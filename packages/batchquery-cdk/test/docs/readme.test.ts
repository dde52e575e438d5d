import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The names in the first column of the table of settings. The names in the file are in brackets. */
async function listed(): Promise<string[]> {
  const [, table = ''] =
    /\| property \(key\) \| default \|\n\|.*\n((?:\|.*\n)+)/.exec(await read('README.md')) ?? []
  const columns = table.split('\n').flatMap(row => row.split('|')[1] ?? [])
  return columns.flatMap(column =>
    [...column.replace(/\(.*\)/, '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
  )
}

test('the README lists every property of the construct, and no other', async () => {
  const source = await read('src/construct/props.ts')
  const [, body = ''] = /export interface BatchQueryProps \{\n([\s\S]*?)\n\}/.exec(source) ?? []
  const props = [...body.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name)
  expect(props.length).toBeGreaterThan(10)
  expect((await listed()).toSorted()).toEqual(props.toSorted())
})

test('the README names every key of stack: in batchquery.yaml', async () => {
  const [readme, source] = await Promise.all([read('README.md'), read('src/app/schema.ts')])
  const keys = [...source.matchAll(/^ {2,4}(\w+): (?:v\.|units)/gm)].map(([, key]) => key)
  expect(keys).toEqual(expect.arrayContaining(['overlap', 'kmsKey', 'resourceId', 'engineVersion']))
  expect(keys.filter(key => !readme.includes(key ?? ''))).toEqual([])
})
