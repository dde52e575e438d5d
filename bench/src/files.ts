import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const sizeOfFile = async (path: string): Promise<number> => (await stat(path)).size

/** Lower-case hexadecimal. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Lower-case hexadecimal, of a file of any size. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

export async function countLines(path: string): Promise<number> {
  const LINE_FEED = 10
  let lines = 0
  const stream: AsyncIterable<Buffer> = createReadStream(path)
  for await (const chunk of stream)
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines++
  return lines
}

/** The content of a compressed file, decompressed by standard tools. */
export async function decompressed(path: string, compression: 'NONE' | 'GZIP' | 'ZSTD'): Promise<Uint8Array> {
  if (compression === 'NONE') return readFile(path)
  const program = compression === 'GZIP' ? 'gzip' : 'zstd'
  const args = ['--decompress', '--stdout', path]
  return (await run(program, args, { encoding: 'buffer', maxBuffer: 1 << 30 })).stdout
}
