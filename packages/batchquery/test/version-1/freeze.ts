import { lstatSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { homedir, hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'

/** The place of a staged file. In the frozen store, a handle has it instead of the inode, and 0 as the time of birth. */
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

/** The tokens of the directory store at any depth of a value from JSON. */
export function* tokensIn(value: unknown): Generator<DirectoryToken> {
  if (v.is(directoryToken, value)) yield value
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) yield* tokensIn(inner)
}

/** The two possible paths of a token's file. */
export const placesOf = (root: string, { bucket, key, handle }: DirectoryToken) => ({
  staged: join(root, bucket, '.batchquery-staging', nameOf(handle)),
  committed: join(root, bucket, key),
})
export const nameOf = (handle: string): string => handle.slice(0, handle.indexOf(':'))

export async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/** Removes all traces of this machine from a store: inodes, host, boot. */
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

/** The handle of the file at a path; equal to the token's if it is the token's file. */
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
    // Paths in stack traces.
    .replaceAll(/file:\/\/\S+\/version-1-\w+\//g, 'file:///batchquery/')

function refuseTraces(path: string, text: string): void {
  const words = new Set(text.split(/\W+/))
  const names = [hostname(), userInfo().username].filter(name => words.has(name))
  const folders = [homedir(), tmpdir(), process.cwd()].filter(folder => text.includes(folder))
  const [found] = [...names, ...folders]
  if (found !== undefined) throw new Error(`${path} has a trace of this machine: ${found}\n${text}`)
}
