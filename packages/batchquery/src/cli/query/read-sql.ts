import { buffer } from 'node:stream/consumers'
import { BatchQueryError } from '../../errors/index.ts'

/** Reads the SQL of a command line; `-` means stdin. @throws TASK_INVALID if stdin is not UTF-8 */
export async function readSql(operand: string): Promise<string> {
  if (operand !== '-') return operand
  const bytes = await buffer(process.stdin)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new BatchQueryError('TASK_INVALID', 'the SQL on stdin is not UTF-8', {
      cause,
      hint: 'SQL is text in UTF-8.',
    })
  }
}
