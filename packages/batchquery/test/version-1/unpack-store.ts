import { cp, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COMMITTED, type DirectoryToken, filesIn, GONE, handleAt, placesOf, tokensIn } from './freeze.ts'
import { GOLDEN } from './old-program.ts'

const TWO_MINUTES_MS = 120_000

const STORE = join(GOLDEN, 'store')

/**
 * Unpacks the frozen store, as if all its runs had been silent for two minutes.
 *
 * @param id the only run to unpack @default - all
 */
export async function unpackStore(root: string, id?: string): Promise<void> {
  for (const path of await filesIn(STORE))
    if (id === undefined || (await belongsTo(id, path)))
      await cp(path, join(root, path.slice(STORE.length + 1)))
  const files = await filesIn(root)
  for (const path of files.filter(file => /\/runs\/.*\.json$/.test(file))) {
    let text = await readFile(path, 'utf8')
    for (const token of tokensIn(JSON.parse(text))) text = text.replaceAll(token.handle, thawed(root, token))
    await writeFile(path, text)
  }
  const past = new Date(Date.now() - TWO_MINUTES_MS)
  for (const path of files) await utimes(path, past, past)
}

async function belongsTo(id: string, path: string): Promise<boolean> {
  const names = path.slice(STORE.length + 1).split('/')
  const isNamed = names.some(name => name === id || name.startsWith(`${id}.`) || name.endsWith(`_${id}`))
  // The name of a lock comes from its destination. Its content is the id of its run.
  return isNamed || (names.includes('locks') && (await readFile(path, 'utf8')) === id)
}

/** The handle of a token with the inode of the unpacked file. */
function thawed(root: string, token: DirectoryToken): string {
  const whereabouts = Number(token.handle.split(':')[1])
  if (whereabouts === GONE) return token.handle
  const { staged, committed } = placesOf(root, token)
  const path = whereabouts === COMMITTED ? committed : staged
  const handle = handleAt(path, token)
  if (handle === null) throw new Error(`${path} is missing in the frozen store`)
  return handle
}
