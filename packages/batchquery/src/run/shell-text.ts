import { basename, extname } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import type { TaskSource, TaskSourceFile } from './task-source.ts'

const UTF8_MARK = [0xef, 0xbb, 0xbf]
const UTF16_MARKS = [
  [0xff, 0xfe],
  [0xfe, 0xff],
]

const WITHOUT_CR =
  "Save it with line feeds only: sed -i 's/\\r$//' FILE, or dos2unix FILE; in Git, *.sh text eol=lf."

export const isShell = (program: string): boolean => /sh$|^busybox$/.test(basename(program))

/** Whether the text begins with a byte order mark. */
export const isMarked = ({ bytes }: TaskSourceFile): boolean =>
  [UTF8_MARK, ...UTF16_MARKS].some(mark => mark.every((byte, at) => bytes[at] === byte))

/**
 * Refuses a script that a shell would misread. With a byte order mark or the line ends of Windows, `set -e` is an unknown command and
 * `false` is `false\r`. The shell goes on after both, so a script that fails would succeed.
 *
 * @param entry the file that the shell is started with; other files are checked if their names say that they are shell scripts
 * @throws TASK_INVALID with the file and the line
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
      `line ${line} of ${name} ends in CR LF, and a shell reads the CR as part of the line`,
      WITHOUT_CR,
    )
  }
  if (text.includes('\r') && !text.includes('\n'))
    throw invalid(`the lines of ${name} end in CR only, and a shell reads them as one line`, WITHOUT_CR)
}

/** @throws TASK_INVALID if the line that names the interpreter ends in CR, which the system takes for a part of the name */
export function refuseInterpreterLine(file: TaskSourceFile): void {
  if (/^#![^\n]*\r(\n|$)/.test(textOf(file)))
    throw invalid(
      `line 1 of ${quoted(file.path)} ends in CR LF, and the system reads the CR as part of the name`,
      WITHOUT_CR,
    )
}

export const marked = ({ path }: TaskSourceFile): BatchQueryError =>
  invalid(
    `${quoted(path)} begins with a byte order mark (BOM), which makes its first line unreadable`,
    "Save it in UTF-8 without BOM: sed -i '1s/^\\xEF\\xBB\\xBF//' FILE.",
  )

/** The text before the first NUL: an archive may follow a script. */
function textOf({ bytes }: TaskSourceFile): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('latin1')
}

const invalid = (message: string, hint: string): BatchQueryError =>
  new BatchQueryError('TASK_INVALID', message, { hint })
