import { parquetReadObjects } from 'hyparquet'
import { PageCheck, readFooter } from '../../src/format/parquet/index.ts'
import { asyncBuffer } from '../unit/format/parquet/witnesses.ts'

/** Says what is wrong with parts that must have the rows 1 to `rows` in order; null if nothing is. Each part is a whole file. */
export async function differenceOfParquet(contents: readonly Buffer[], rows: number): Promise<string | null> {
  let last = 0
  for (const [at, file] of contents.entries()) {
    const read = (offset: number, length: number) => Promise.resolve(file.subarray(offset, offset + length))
    const footer = await readFooter(file.length, read)
    const check = new PageCheck(footer)
    check.add(file)
    check.end()
    const found = await parquetReadObjects({ file: asyncBuffer(file), columns: ['id'] })
    if (found.length !== footer.rows)
      return `part ${at} has ${found.length} rows, and its footer ${footer.rows}`
    for (const { id } of found) if (id !== ++last) return `part ${at} has the row ${id} instead of ${last}`
  }
  return last === rows ? null : `its parts have ${last} rows instead of ${rows}`
}
