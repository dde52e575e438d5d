import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { LEAN_MEMORY_FLAGS } from '../../../src/platform/index.ts'
import { newerNode } from '../../setup/newer-node.ts'

const PROGRAM = join(import.meta.dirname, 'parquet-feed.ts')

/** The most bytes that an encoder adds to a process, in MB of 1024 * 1024 bytes, with the blocks of its pool (28 MB). */
async function grownBy(codec: string, ...shape: readonly string[]): Promise<number> {
  const node = codec === 'ZSTD' ? await newerNode() : process.execPath
  const options = [...LEAN_MEMORY_FLAGS, '--import', 'tsx', PROGRAM]
  const { stdout } = await execa(node, [...options, codec, ...shape], { cwd: import.meta.dirname })
  return Number(stdout)
}

const CODECS = ['NONE', 'SNAPPY', 'GZIP', 'ZSTD']

test.each(CODECS)('the memory of a row group does not grow with the rows: %s', async codec => {
  expect(await grownBy(codec, '10', '500000')).toBeLessThan(110)
})

test.each(CODECS)('4,000 columns share the memory of a writer: %s', async codec => {
  expect(await grownBy(codec, '4000', '3000')).toBeLessThan(300)
})

test.each(CODECS)('a value of 64 MB is in memory once raw and once compressed: %s', async codec => {
  expect(await grownBy(codec, 'value', '64', '4')).toBeLessThan(280)
})
