import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bars } from './report/bars.ts'

const run = promisify(execFile)

/** Writes the data of docs/pictures/NAME.svg next to it, and draws all pictures. */
export async function writePicture(root: string, name: string, bars: Bars): Promise<void> {
  await writeFile(join(root, `docs/pictures/${name}.json`), `${JSON.stringify(bars, null, 1)}\n`)
  await run(process.execPath, ['scripts/docs/pictures.mjs'], { cwd: root })
}
