import { lstatSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { homedir, hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'

/** Where a staged file is. A handle in the frozen store has it for the inode, and 0 for the time of birth. */
export const GONE = 0
export const STAGED = 1
export const COMMITTED = 2

const directoryToken = v.object({
  kind: v.literal('directory'),
  bucket: v.string(),
  key: v.string(),
  handle: v.string(),
})
export type DirectoryToken = v.InferOutput<typeof directoryToken>

/** The tokens of the directory store in a value that was JSON, wherever they are. */
export function* tokensIn(value: unknown): Generator<DirectoryToken> {
  if (v.is(directoryToken, value)) yield value
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) yield* tokensIn(inner)
}

/** The two paths that the file of a token may have. */
export const placesOf = (root: string, { bucket, key, handle }: DirectoryToken) => ({
  staged: join(root, bucket, '.batchquery-staging', nameOf(handle)),
  committed: join(root, bucket, key),
})
export const nameOf = (handle: string): string => handle.slice(0, handle.indexOf(':'))

export async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/** Takes out of a store what is this machine's: inodes, host, boot. */
export async function freeze(root: string): Promise<void> {
  const files = (await filesIn(root)).filter(path => /\/(runs|index|locks)\//.test(path))
  for (const path of files) {
    const text = await readFile(path, 'utf8')
    const neutral = path.endsWith('.json') ? withoutInodes(root, text) : text
    await writeFile(path, withoutHost(neutral))
  }
  for (const path of files) refuseTraces(path, await readFile(path, 'utf8'))
}

function withoutInodes(root: string, text: string): string {
  let neutral = text
  for (const token of tokensIn(JSON.parse(text)))
    neutral = neutral.replaceAll(token.handle, `${nameOf(token.handle)}:${whereabouts(root, token)}:0`)
  return neutral
}

function whereabouts(root: string, token: DirectoryToken): number {
  const { staged, committed } = placesOf(root, token)
  if (handleAt(staged, token) === token.handle) return STAGED
  return handleAt(committed, token) === token.handle ? COMMITTED : GONE
}

/** The handle that the file of a token has, if it is the one at the path. */
export function handleAt(path: string, { handle }: DirectoryToken): string | null {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? null : `${nameOf(handle)}:${stats.ino}:${stats.birthtimeNs}`
}

const withoutHost = (text: string): string =>
  text
    .replaceAll(`"host":${JSON.stringify(hostname())}`, '"host":"elsewhere"')
    .replaceAll(/"machine":"[^"]*"/g, '"machine":"elsewhere"')
    .replaceAll(/"start":"\d+"/g, '"start":"1"')
    .replaceAll(/"pid":\d+/g, '"pid":7')
    // Stacks.
    .replaceAll(/file:\/\/\S+\/version-1-\w+\//g, 'file:///batchquery/')

function refuseTraces(path: string, text: string): void {
  const words = new Set(text.split(/\W+/))
  const names = [hostname(), userInfo().username].filter(name => words.has(name))
  const folders = [homedir(), tmpdir(), process.cwd()].filter(folder => text.includes(folder))
  const [found] = [...names, ...folders]
  if (found !== undefined) throw new Error(`${path} tells of this machine: ${found}\n${text}`)
}
