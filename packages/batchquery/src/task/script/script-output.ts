import type { Readable } from 'node:stream'
import type { Log } from '../../platform/index.ts'
import type { Console } from './console.ts'
import type { LastLines } from './last-lines.ts'
import { LineSplitter } from './output-lines.ts'

/** Copies one stream of a script to the log and to the console, line by line, with secrets masked. */
export async function passOnOutput(
  stream: Readable,
  source: 'OUT' | 'ERR',
  log: Log,
  { console, last }: { readonly console: Console; readonly last: LastLines },
): Promise<void> {
  const splitter = new LineSplitter()
  const take = async (lines: readonly string[]): Promise<void> => {
    const shown = log.output(source, lines)
    last.add(shown)
    await console.write(shown)
  }
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) await take(splitter.push(chunk))
  } catch {
    // The stream was destroyed because another process keeps it open. The lines so far count.
  }
  await take(splitter.end())
}
