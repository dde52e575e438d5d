import { connect, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startLimitedProxy } from '../src/parallel/limited-proxy.ts'
import type { ParallelRecord, ParallelSample } from '../src/parallel/record.ts'
import { sectionOf, withSection } from '../src/report/page-sections.ts'
import { PARALLEL_HEADING, parallelSection, parallelTables } from '../src/report/parallel-section.ts'

const sample = (readers: number, seconds: number, other: Partial<ParallelSample> = {}): ParallelSample => ({
  ...{ source: 'mariadb', limit: 8, query: 'table', program: 'batchquery', format: 'TEXT', readers },
  ...{ round: 1, seconds, cpuSeconds: seconds / 2, peakMegabytes: 90 },
  ...other,
})

const RECORD: ParallelRecord = {
  ...{ version: 1, startedAt: '2026-01-02T03:04:05.000Z', seconds: 600 },
  machine: {
    ...{ cpu: 'Some CPU', cores: 2, memoryGb: 16, system: 'Some Linux' },
    ...{ filesystem: 'ext4', loadBefore: 0.1 },
  },
  ...{ node: '20.19.0', sources: ['MariaDB 10.11.1'], rows: 1000, rounds: 1 },
  samples: [sample(0, 12), sample(4, 3), sample(0, 20, { limit: null, format: 'PARQUET' })],
}

test('a table compares an export with the one of the fewest sessions', () => {
  expect(parallelTables(RECORD)).toMatchObject([
    {
      title: 'MariaDB, 8 MB/s for each connection',
      rows: [
        ['batchquery', 'TEXT', '1, no PARALLEL', '1', '12.00', '6.00', '90', ''],
        ['batchquery', 'TEXT', '4', '1', '3.00', '1.50', '90', '4.00'],
      ],
    },
    { title: 'MariaDB, no limit' },
  ])
})

test('the section replaces its former version', () => {
  const page = withSection('# Benchmarks\n\ntext\n\n## More\n\nmore\n', parallelSection(RECORD))
  expect(withSection(page, parallelSection(RECORD))).toBe(page)
  expect(sectionOf(page, PARALLEL_HEADING)).toBe(parallelSection(RECORD))
})

test('the proxy passes on all bytes in both directions, and the end of a connection', async () => {
  const sent = Buffer.alloc(300_000, 'abc')
  const upstream = createServer(socket => {
    socket.once('data', asked => socket.end(Buffer.concat([asked, sent])))
  })
  await new Promise<void>(resolve => {
    upstream.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => void upstream.close())
  const address = upstream.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const proxy = await startLimitedProxy(address.port, 10e6)
  onTestFinished(() => proxy.stop())
  const client = connect({ port: proxy.port, host: '127.0.0.1' })
  client.write('hello ')
  const received: Buffer[] = []
  for await (const chunk of client) received.push(chunk)
  expect(Buffer.concat(received).equals(Buffer.concat([Buffer.from('hello '), sent]))).toBe(true)
})
