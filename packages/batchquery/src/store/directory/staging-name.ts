import { createHash } from 'node:crypto'

/*
 * The name of a staging file: the owner, random digits, marks of the key, the last segment of the key. All staging files of a bucket are
 * in one folder. So the marks distinguish the files that one owner has staged for `a/part` and for `b/part`, and a listing finds those
 * for keys below a folder.
 *
 *     r1.0123456789abcdef+3+<mark of a/><mark of a/b/><mark of a/b/part>+part
 *
 * Earlier versions wrote no marks: `r1.0123456789abcdef.part`. The owner of an object that one call writes whole is `~`, which no other
 * owner has, and nothing looks for it by its key.
 */

const WHOLE_WRITE = '~'
/** The longest name has 255 bytes: twice 64 of text, 16 digits, the signs and the count between them, and the marks. */
const TEXT_LENGTH = 64
const MARKS_LENGTH = 104
/** 36 bits. A key in many folders has shorter marks. */
const MARK_LENGTH = 6

/** The rest of a name, after the owner. */
const REST =
  /^\.(?<random>[0-9a-f]{16})(?:\+(?<count>\d{1,3})\+(?<marks>[\w-]{1,104})\+|\.)(?<object>[\w.-]{1,64})$/

/** Null for a name of another owner. */
const restOf = (name: string, owner: string) =>
  name.startsWith(plain(owner)) ? (REST.exec(name.slice(plain(owner).length))?.groups ?? null) : null

/** @param owner null for an object that one call writes whole */
export function stagingName(owner: string | null, random: string, key: string): string {
  const object = plain(lastSegment(key))
  if (owner === null) return `${WHOLE_WRITE}.${random}.${object}`
  const beginnings = markedBeginnings(key)
  const length = markLength(beginnings.length)
  const marks = beginnings.map(beginning => mark(beginning, length)).join('')
  return `${plain(owner)}.${random}+${beginnings.length}+${marks}+${object}`
}

export const isWholeWrite = (name: string): boolean => name.startsWith(`${WHOLE_WRITE}.`)

/** Whether an owner has staged the file of this name for exactly this key, as far as the name has both. */
export function isStagedFor(name: string, owner: string, key: string): boolean {
  const { random, marks } = restOf(name, owner) ?? {}
  if (random === undefined) return false
  return name === (marks === undefined ? oldName(owner, random, key) : stagingName(owner, random, key))
}

/** As `isStagedFor`, but the key is one that `stagedKey` returned: it may be less deep than that of the object. */
export function isStagedBelow(name: string, owner: string, key: string): boolean {
  return (
    isStagedFor(name, owner, key) ||
    stagedKey(name, owner, folderOf(key)) === key ||
    stagedKey(name, owner, key) === key
  )
}

/**
 * The key that a staging file of an owner is for, if it begins with a prefix. It lacks the folders that are below those of the prefix, and the
 * name has its last segment as far as a name can. Null for another owner or another beginning. A prefix that does not end in a slash
 * finds keys in its folder, not in folders below that.
 */
export function stagedKey(name: string, owner: string, prefix: string): string | null {
  const { count, marks, object } = restOf(name, owner) ?? {}
  if (object === undefined) return null
  const folder = folderOf(prefix)
  const begin = prefix.slice(folder.length)
  const beginsSo = object.startsWith(begin === '' ? '' : plain(begin))
  if (marks === undefined) return begin !== '' && beginsSo ? `${folder}${object}` : null
  const most = Number(count)
  const length = markLength(most)
  const hasMark = (at: number, beginning: string): boolean =>
    marks.slice(length * at, length * (at + 1)) === mark(beginning, length)
  if (hasMark(most - 1, prefix)) return prefix
  const depth = prefix.split('/').length - 1
  if (depth >= most || (begin !== '' && depth !== most - 1)) return null
  if (depth > 0 && !hasMark(depth - 1, folder)) return null
  return beginsSo ? `${folder}${object}` : null
}

/** The folders of a key, each with those above it, then the key. */
function markedBeginnings(key: string): readonly string[] {
  const segments = key.split('/')
  const folders = segments.slice(1, MARKS_LENGTH).map((_, at) => `${segments.slice(0, at + 1).join('/')}/`)
  return [...folders, key]
}

const markLength = (marks: number): number =>
  Math.max(1, Math.min(MARK_LENGTH, Math.floor(MARKS_LENGTH / marks)))

const mark = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length)

const oldName = (owner: string, random: string, key: string): string =>
  `${plain(owner)}.${random}.${plain(lastSegment(key))}`

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)

const lastSegment = (key: string): string => key.slice(key.lastIndexOf('/') + 1)

const plain = (text: string): string => text.replace(/[^\w.-]/gu, '_').slice(0, TEXT_LENGTH) || '_'
