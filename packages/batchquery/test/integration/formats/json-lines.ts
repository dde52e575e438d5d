import { expect } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BlockPool, type FormatClauses, JSON_LINES, NO_FORMAT_CLAUSES } from '../../../src/format/index.ts'

/** Exports a query in FORMAT JSON. @returns the bytes of its lines */
export async function jsonOf(
  session: Session,
  sql: string,
  clauses: Partial<FormatClauses> = {},
): Promise<Buffer> {
  const stream = await session.stream(sql, {
    format: JSON_LINES.plan({ ...NO_FORMAT_CLAUSES, ...clauses }),
    pool: new BlockPool(64 * 1024, 4),
    maxPartBytes: Number.MAX_SAFE_INTEGER,
  })
  const blocks: Buffer[] = []
  for await (const block of stream) {
    blocks.push(Buffer.from(block.bytes))
    block.release()
  }
  const bytes = Buffer.concat(blocks)
  expect(bytes.filter(byte => byte === 0x0a)).toHaveLength(stream.rowsRead)
  return bytes
}

export async function linesOf(...args: Parameters<typeof jsonOf>): Promise<string[]> {
  const lines = (await jsonOf(...args)).toString().split('\n')
  expect(lines.pop()).toBe('')
  return lines
}
