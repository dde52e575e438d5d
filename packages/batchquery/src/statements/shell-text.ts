import { basename, extname } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import type { TaskSource, TaskSourceFile } from '../run/index.ts'

const UTF8_MARK = [0xef, 0xbb, 0xbf]
const UTF16_MARKS = [
  [0xff, 0xfe],
  [0xfe, 0xff],
]

const WITHOUT_CR =
  "Save it with line feeds alone: sed -i 's/\\r$//' FILE, or dos2unix FILE; in Git, *.sh text eol=lf."

export const isShell = (program: string): boolean => /sh$|^busybox$/.test(basename(program))

/** Whether a byte order mark stands before the text. */
export const isMarked = ({ bytes }: TaskSourceFile): boolean =>
  [UTF8_MARK, ...UTF16_MARKS].some(mark => mark.every((byte, at) => bytes[at] === byte))

/**
 * A shell goes on after what it cannot read: with a byte order mark, or with the line ends of Windows, `set -e` is an unknown
 * command and `false` is `false\r`, and the script ends well that has failed.
 *
 * @param entry what the shell is started with; what it reads besides is known by its name
 * @throws TASK_INVALID with the file, and the line
 */
export function refuseUnreadableShell({ files }: TaskSource, entry: TaskSourceFile): void {
  for (const file of files)
    if (file === entry || /^\.(ba|z|k)?sh$/i.test(extname(file.path))) refuseUnreadable(file)
}

function refuseUnreadable(file: TaskSourceFile): void {
  if (isMarked(file)) throw marked(file)
  const name = quoted(file.path)
  const text = textOf(file)
  const at = text.search(/\r(?=\n|$)/)
  if (at !== -1 && text.includes('\n')) {
    const line = text.slice(0, at).split('\n').length
    throw invalid(
      `line ${line} of ${name} ends in CR LF: a shell takes the CR for a part of the line`,
      WITHOUT_CR,
    )
  }
  if (text.includes('\r') && !text.includes('\n'))
    throw invalid(`the lines of ${name} end in CR alone: a shell takes them for one line`, WITHOUT_CR)
}

/** @throws TASK_INVALID where the line that names the interpreter ends in CR, which the system takes for a part of its name */
export function refuseInterpreterLine(file: TaskSourceFile): void {
  if (/^#![^\n]*\r(\n|$)/.test(textOf(file)))
    throw invalid(
      `line 1 of ${quoted(file.path)} ends in CR LF: the system takes the CR for a part of the name`,
      WITHOUT_CR,
    )
}

export const marked = ({ path }: TaskSourceFile): BatchQueryError =>
  invalid(
    `${quoted(path)} begins with a byte order mark (BOM), which stands in the way of its first line`,
    "Save it in UTF-8 without BOM: sed -i '1s/^\\xEF\\xBB\\xBF//' FILE.",
  )

/** Behind a NUL is what a script carries with it, an archive perhaps. */
function textOf({ bytes }: TaskSourceFile): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('latin1')
}

const invalid = (message: string, hint: string): BatchQueryError =>
  new BatchQueryError('TASK_INVALID', message, { hint })
