import type { Bench } from '../bench.ts'
import { BenchError } from '../bench-error.ts'
import { countLines, sha256, sizeOfFile } from '../files.ts'
import type { Subject } from '../subject.ts'

/** @throws BenchError where it is another number */
export function expectEqual(what: string, found: number | string | null, wanted: number | string): void {
  if (found !== wanted) throw new BenchError(`${what}: ${found}, where ${wanted} is right`)
}

/** @throws BenchError where the bytes are not the server's own TEXT, as far as there is one */
export function expectText(what: string, bytes: Uint8Array, subject: Subject): void {
  if (!subject.isOracle) return
  expectEqual(`${what}: bytes of ${subject.id}`, bytes.length, subject.textBytes)
  if (subject.textSha256 !== null)
    expectEqual(`${what}: SHA-256 of ${subject.id}`, sha256(bytes), subject.textSha256)
}

/** How much smaller than TEXT a whole result in other people's words may be. */
const LEAST_SHARE = 0.8

/**
 * Looks whether another program has written the whole result, in words of its own: by its lines in smoke form, where
 * a line is a row, else by its size.
 *
 * @throws BenchError
 */
export async function expectWhole(
  bench: Bench,
  what: string,
  path: string,
  subject: Subject,
  isRowPerLine: boolean,
): Promise<void> {
  const size = await sizeOfFile(path)
  if (size < subject.textBytes * LEAST_SHARE)
    throw new BenchError(`${what}: ${size} bytes of ${subject.id}, whose TEXT has ${subject.textBytes}`)
  if (bench.smoke && isRowPerLine)
    expectEqual(`${what}: lines of ${subject.id}`, await countLines(path), subject.rows)
}
