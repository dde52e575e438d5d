import type { ReadingProgress } from '../export/index.ts'
import { type Log, ProgressLine } from '../platform/index.ts'
import { type Options, talkOf } from './options.ts'

/** Shows the progress of an operation that reads parts and counts them. */
export async function withReadingProgress<T>(
  options: Options,
  log: Log,
  operation: (count: ReadingProgress) => Promise<T>,
): Promise<T> {
  const { stderr } = process
  const total = { rows: 0, bytes: 0, parts: 0 }
  const count: ReadingProgress = (rows, bytes, parts) => {
    total.rows += rows
    total.bytes += bytes
    total.parts += parts
  }
  if (options.progress === false || talkOf(options) === 'quiet') return operation(count)
  const line = new ProgressLine(stderr.isTTY ? stderr : null, text => log.info(text))
  line.start(() => total)
  try {
    return await operation(count)
  } finally {
    line.stop()
  }
}
