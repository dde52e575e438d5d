import type { BigIntStats } from 'node:fs'
import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import type { ObjectAddress, StageToken } from '../store.ts'

/**
 * A staging file as a token's `handle` names it: `<file name>:<inode>:<time of birth>`. A commit takes the file
 * name away, and the inode goes with the object: so another process can tell that the object under the key is
 * this very file. An inode's number is used again after a file is deleted, the time of birth (ns since 1970) is
 * not. It is 0 where the filesystem keeps none: there, a file that replaced ours, got its inode and has its size
 * is taken for ours. So is our own file, everywhere, when somebody wrote other bytes of the same length into it.
 */
export interface StagingHandle {
  readonly name: string
  readonly inode: bigint
  readonly born: bigint
}

/** The kind of the tokens of directory stores. */
const KIND = 'directory'

const HANDLE =
  /^(?<name>[\w.-]{1,64}\.(?<random>[0-9a-f]{16})\.[\w.-]{1,64}):(?<inode>\d{1,20}):(?<born>\d{1,20})$/

/** Stands for the owner of an object that is written whole; no owner's name has it. */
const WHOLE_WRITE = '~'

/** The name of a new staging file: who stages, something random, what. */
export function stagingName(owner: string | null, random: string, objectName: string): string {
  return `${owner === null ? WHOLE_WRITE : plain(owner)}.${random}.${plain(objectName)}`
}

export const isWholeWrite = (name: string): boolean => name.startsWith(`${WHOLE_WRITE}.`)

/** Of a staging file of the owner's for an object whose name begins so: that name, as far as it is kept; else null. */
export function objectOfOwner(name: string, owner: string, begin: string): string | null {
  const start = `${plain(owner)}.`
  if (!name.startsWith(start)) return null
  const object = /^[0-9a-f]{16}\.([\w.-]+)$/.exec(name.slice(start.length))?.[1] ?? null
  return begin === '' || object?.startsWith(plain(begin)) ? object : null
}

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
 * Tokens come from ledgers, which anybody may have written: one names no file but those that its owner staged for
 * its key.
 *
 * @throws BatchQueryError KEY_INVALID where the token is not one of a directory store
 */
export function parseHandle(token: StageToken): StagingHandle {
  const groups = isDirectoryToken(token) ? HANDLE.exec(token.handle)?.groups : undefined
  const { name, random = '', inode, born } = groups ?? {}
  const expected = stagingName(token.owner, random, token.key.slice(token.key.lastIndexOf('/') + 1))
  if (name !== expected || inode === undefined || born === undefined) {
    throw new BatchQueryError(
      'KEY_INVALID',
      `The handle ${quoted(token.handle)} (${token.kind}) names no file that ${quoted(token.owner)} has staged for ${quoted(token.key)} in a directory.`,
      { hint: 'Give the token back to the store that made it, unchanged.' },
    )
  }
  return { name, inode: BigInt(inode), born: BigInt(born) }
}

export function isSameFile(handle: StagingHandle, stats: BigIntStats): boolean {
  return stats.isFile() && stats.ino === handle.inode && stats.birthtimeNs === handle.born
}

const plain = (text: string): string => text.replace(/[^\w.-]/gu, '_').slice(0, 64) || '_'
