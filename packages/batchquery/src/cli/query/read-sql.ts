import { buffer } from 'node:stream/consumers'
import { BatchQueryError } from '../../errors/index.ts'

/** The SQL of a command line; `-` means stdin. @throws TASK_INVALID if that is no text */
export async function readSql(operand: string): Promise<string> {
  if (operand !== '-') return operand
  const bytes = await buffer(process.stdin)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new BatchQueryError('TASK_INVALID', 'the bytes of stdin are not UTF-8', {
      cause,
      hint: 'SQL is text in UTF-8.',
    })
  }
}
