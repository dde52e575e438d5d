import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { sizeOfFile } from '../files.ts'
import type { Objects } from '../objects.ts'
import { type Column, checksum } from './column-checksums.ts'
import { type Source, withSession } from './sources.ts'
import type { PeerTable } from './tables.ts'

/** Whether a file or an object contains rows. Programs also write manifests and state. */
const isResult = (name: string): boolean => name.endsWith('.parquet') || /(^|\/)result\.part_\d+$/.test(name)

export async function resultFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile() && isResult(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
}

export async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(sizeOfFile))
  return sizes.reduce((sum, size) => sum + size, 0)
}

export async function objectBytes(objects: Objects): Promise<number> {
  const results = (await objects.list()).filter(({ key }) => isResult(key))
  return results.reduce((sum, { size }) => sum + size, 0)
}

/** Copies the result from the bucket into a folder. */
export async function download(objects: Objects, folder: string): Promise<void> {
  for (const { key } of await objects.list()) {
    if (!isResult(key)) continue
    const path = join(folder, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, await objects.read(key))
  }
}

/** The number of rows, and the checksum of each column. */
export interface Expected {
  readonly rows: number
  readonly checksums: ReadonlyMap<string, string>
}

/** The rows and checksums of a table by the database itself. */
export function expectedOf(source: Source, table: PeerTable): Promise<Expected> {
  const sums = table.columns.map((column, at) => `${checksum(column, source.dialect)} AS c${at}`)
  return withSession(source, async session => {
    const [row] = await session.query(`SELECT COUNT(*) AS n, ${sums.join(', ')} FROM ${table.name}`)
    const checksums = table.columns.map(({ name }, at): [string, string] => [name, String(row?.[`c${at}`])])
    return { rows: Number(row?.n), checksums: new Map(checksums) }
  })
}

export const faultOfCount = (rows: number, expected: Expected): string | null =>
  rows === expected.rows ? null : `${rows} rows instead of ${expected.rows}`

/** The difference between a result and the table. Null if they are equal. */
export async function faultOfParquet(
  files: readonly string[],
  columns: readonly Column[],
  expected: Expected,
): Promise<string | null> {
  if (files.length === 0) return 'it wrote no file'
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const from = `read_parquet([${files.map(file => `'${file}'`).join(', ')}])`
  const ask = async (expression: string): Promise<string> => {
    const reader = await connection.runAndReadAll(`SELECT ${expression} FROM ${from}`)
    return String(reader.getRows()[0]?.[0])
  }
  try {
    await connection.run("SET TimeZone = 'UTC'")
    const count = faultOfCount(Number(await ask('count(*)')), expected)
    if (count !== null) return count
    const unequal: string[] = []
    for (const column of columns) {
      const found = await ask(checksum(column, 'duckdb')).catch(() => null)
      if (found !== expected.checksums.get(column.name)) unequal.push(column.name)
    }
    return unequal.length === 0 ? null : `other values in ${unequal.join(', ')}`
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
