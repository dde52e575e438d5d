import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { StageToken, Store } from '../../../../src/store/index.ts'

export const STAGING = '.batchquery-staging'
export const BYTES = Buffer.from('ours')
export const at = (key: string, bucket = 'b') => ({ bucket, key })

export async function stage(store: Store, key: string, bytes: Uint8Array = BYTES): Promise<StageToken> {
  const staged = await store.stage(at(key), 'run-1')
  await staged.write(bytes)
  await staged.finish()
  return staged.token
}

export const fileOf = (token: StageToken): string => token.handle.split(':')[0] ?? ''

/** Every operation that takes an address. */
export const OPERATIONS: readonly [string, (store: Store, key: string) => Promise<unknown>][] = [
  ['stage', (store, key) => store.stage(at(key), 'run-1')],
  ['create', (store, key) => store.create(at(key), BYTES)],
  ['put', (store, key) => store.put(at(key), BYTES)],
  ['read', (store, key) => store.read(at(key))],
  ['open', (store, key) => store.open(at(key), 0)],
  ['head', (store, key) => store.head(at(key))],
  ['delete', (store, key) => store.delete(at(key))],
]

/** A new directory, which is removed after the test. */
export async function newRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-store-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return root
}

/** The paths below a directory in alphabetical order. Folders end in a slash. */
export async function tree(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .map(
      entry =>
        `${join(entry.parentPath, entry.name).slice(root.length + 1)}${entry.isDirectory() ? '/' : ''}`,
    )
    .sort()
}

/** The files below a directory that this process has open. */
export function openFilesBelow(root: string): string[] {
  return readdirSync('/proc/self/fd').flatMap(descriptor => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`)
      return path.startsWith(`${root}/`) ? [path] : []
    } catch {
      // This is the descriptor with which the folder was read.
      return []
    }
  })
}
