import { BatchQueryError } from '../errors/index.ts'
import type { TaskSource } from '../run/index.ts'

/**
 * The text of a task in SQL.
 *
 * @param named how the user knows the task
 * @throws TASK_INVALID
 */
export function decodeTask({ files: [file] }: TaskSource, named: string): string {
  const bytes = file?.bytes ?? new Uint8Array()
  const invalid = (why: string, hint: string) =>
    new BatchQueryError('TASK_INVALID', `the task ${named} ${why}`, { hint })
  if (bytes.length === 0) throw invalid('is empty', 'Write at least one SQL statement into it.')
  if (bytes.includes(0)) throw invalid('is a binary file', 'A task is text in UTF-8.')
  const text = decoded(bytes)
  if (text === null) throw invalid('is not UTF-8', 'Save it in UTF-8.')
  // MySQL would take all behind a comment for a part of it.
  if (/\r\s*\S/.test(text) && !text.includes('\n'))
    throw invalid('has lines that end in CR alone', "Save it with line feeds: tr '\\r' '\\n'.")
  return text
}

/** Without a byte order mark. Null where it is no UTF-8. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
