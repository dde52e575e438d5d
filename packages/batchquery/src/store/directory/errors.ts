import { BatchQueryError, type ErrorCode } from '../../errors/index.ts'

interface Rule {
  readonly code: ErrorCode
  readonly hint: string
  /** @default - as the catalogue has it for the code */
  readonly retryable?: boolean
}

const FULL: Rule = { code: 'STORE_FULL', hint: 'Make room on this filesystem, or use another directory.' }
const FORBIDDEN: Rule = {
  code: 'PERMISSION',
  hint: 'Make the directory writable for the user of this process, or use another one.',
}
const TOO_MANY_FILES: Rule = {
  code: 'STORE_FAILED',
  hint: 'Raise the limit of open files (ulimit -n), or run fewer exports at a time.',
}
const NAME_CLASH: Rule = {
  code: 'KEY_INVALID',
  hint: 'Choose another key, or delete the object in the way. A directory cannot have both a key "a" and a key "a/b".',
}
const FORBIDDEN_LINK: Rule = {
  code: 'PERMISSION',
  hint: 'Use a directory that this process can write to, on a filesystem with hard links.',
}
const SYMBOLIC_LINK: Rule = {
  code: 'PERMISSION',
  hint: 'Put the object itself there. A store never follows symbolic links below its directory.',
}
const TOO_LONG: Rule = {
  code: 'KEY_INVALID',
  hint: 'Choose a shorter key, or a directory with a shorter path.',
}
const TWO_FILESYSTEMS: Rule = {
  code: 'STORE_FAILED',
  hint: 'Mount the bucket as a whole, or use another directory. A bucket must be on one filesystem.',
  retryable: false,
}
const OTHER: Rule = {
  code: 'STORE_FAILED',
  hint: 'Check that the filesystem under the directory is mounted and healthy, then run again.',
}

/** By errno, or by errno and system call. https://man7.org/linux/man-pages/man3/errno.3.html */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  // The size limit for one file, of the filesystem or the process.
  ['EFBIG', FULL],
  ['EACCES', FORBIDDEN],
  ['EPERM', FORBIDDEN],
  // Linux also reports this if the filesystem has no hard links.
  ['EPERM link', FORBIDDEN_LINK],
  ['EROFS', FORBIDDEN],
  ['ELOOP', SYMBOLIC_LINK],
  ['EMFILE', TOO_MANY_FILES],
  ['ENFILE', TOO_MANY_FILES],
  ['EEXIST', NAME_CLASH],
  ['ENOTDIR', NAME_CLASH],
  ['EISDIR', NAME_CLASH],
  ['ENAMETOOLONG', TOO_LONG],
  ['EXDEV', TWO_FILESYSTEMS],
])

export function hasErrno(thrown: unknown, ...codes: readonly string[]): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'code' in thrown && codes.some(code => code === thrown.code)
}

/**
 * Runs one operation of the store and turns the system's errors into ours.
 *
 * @param doing as in "Cannot <doing>: ..."
 */
export async function explained<T>(doing: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (thrown) {
    throw storeError(doing, thrown)
  }
}

/** Converts a system error (it has `syscall`). Other errors stay unchanged. */
function storeError(doing: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error && 'syscall' in thrown && 'code' in thrown)) return thrown
  const rule = RULES.get(`${thrown.code} ${thrown.syscall}`) ?? RULES.get(`${thrown.code}`) ?? OTHER
  const { code, hint, retryable } = rule
  return new BatchQueryError(code, `Cannot ${doing}: ${thrown.message}`, { hint, retryable, cause: thrown })
}

/** Other keys begin with this key, so a folder has its name. */
export function folderInTheWay(path: string): BatchQueryError {
  const message = `Cannot write an object to "${path}": a folder with other objects has this name.`
  return new BatchQueryError(NAME_CLASH.code, message, { hint: NAME_CLASH.hint })
}

/** A pipe or a socket has the name: readers see no object there, and none can be created. */
export function noObjectInTheWay(path: string): BatchQueryError {
  const message = `Cannot create an object at "${path}": a pipe, socket or device has this name.`
  return new BatchQueryError(NAME_CLASH.code, message, {
    hint: 'Remove it, or choose another key.',
  })
}
