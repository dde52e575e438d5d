import type { BigIntStats } from 'node:fs'
import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import type { ObjectAddress, StageToken } from '../store.ts'
import { isStagedBelow, isStagedFor } from './staging-name.ts'

/**
 * A staging file as a token's `handle` names it: `<file name>:<inode>:<time of birth>`. A commit removes the file name, and the
 * object keeps the inode. So another process can recognize the object under the key as this very file. A filesystem reuses the
 * inode of a deleted file, but not its time of birth (ns since 1970). The time is 0 if the filesystem keeps none. Then a file
 * that replaced the staged one is mistaken for it if it has the same inode and size. On every filesystem, the staged file
 * is also recognized after another program wrote other bytes of the same length into it.
 */
export interface StagingHandle {
  readonly name: string
  readonly inode: bigint
  readonly born: bigint
}

/** The kind of the tokens of directory stores. */
const KIND = 'directory'

const HANDLE = /^(?<name>[\w.+-]{1,255}):(?<inode>\d{1,20}):(?<born>\d{1,20})$/

export function issueToken(
  { bucket, key }: ObjectAddress,
  owner: string,
  name: string,
  stats: BigIntStats,
): StageToken {
  return { kind: KIND, bucket, key, owner, handle: `${name}:${stats.ino}:${stats.birthtimeNs}` }
}

export const isDirectoryToken = ({ kind }: StageToken): boolean => kind === KIND

/**
 * Reads a token. Another program may have written it, so it must name a file that its owner staged for its key.
 *
 * @param isListed whether the token may be one of `listStaged`, which does not know the whole key @default - false
 * @throws BatchQueryError KEY_INVALID if no directory store issued the token
 */
export function parseHandle(token: StageToken, isListed = false): StagingHandle {
  const groups = isDirectoryToken(token) ? HANDLE.exec(token.handle)?.groups : undefined
  const { name = '', inode, born } = groups ?? {}
  const isOfKey = isListed ? isStagedBelow : isStagedFor
  if (!isOfKey(name, token.owner, token.key) || inode === undefined || born === undefined) {
    throw new BatchQueryError(
      'KEY_INVALID',
      `The handle ${quoted(token.handle)} (${token.kind}) does not name a file that ${quoted(token.owner)} has staged for ${quoted(token.key)} in a directory.`,
      { hint: 'Pass the token, unchanged, to the store that created it.' },
    )
  }
  return { name, inode: BigInt(inode), born: BigInt(born) }
}

export function isSameFile(handle: StagingHandle, stats: BigIntStats): boolean {
  return stats.isFile() && stats.ino === handle.inode && stats.birthtimeNs === handle.born
}
