import type { Bench } from '../bench.ts'
import { BenchError } from '../bench-error.ts'
import { countLines, sha256, sizeOfFile } from '../files.ts'
import type { Subject } from '../subject.ts'

/** @throws BenchError if the values differ */
export function expectEqual(what: string, found: number | string | null, wanted: number | string): void {
  if (found !== wanted) throw new BenchError(`${what}: ${found} instead of ${wanted}`)
}

/** @throws BenchError if the bytes are not the server's own TEXT, if there is one */
export function expectText(what: string, bytes: Uint8Array, subject: Subject): void {
  if (!subject.isOracle) return
  expectEqual(`${what}: bytes of ${subject.id}`, bytes.length, subject.textBytes)
  if (subject.textSha256 !== null)
    expectEqual(`${what}: SHA-256 of ${subject.id}`, sha256(bytes), subject.textSha256)
}

/** The least share of TEXT's size that a complete result of another program may have. */
const LEAST_SHARE = 0.8

/**
 * Checks that another program has written a complete result in its own format: with --smoke by its lines,
 * because a line is a row there, otherwise by its size.
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
