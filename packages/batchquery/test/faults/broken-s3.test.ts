import { readFile } from 'node:fs/promises'
import { expect, inject, onTestFinished, test } from 'vitest'
import { MIB, openStore, RUN, somewhere } from '../integration/s3/fixture.ts'
import { freshBucket } from '../setup/s3-client.ts'
import { TcpProxy } from './tcp-proxy.ts'

const bucket = await freshBucket()

test.each(['cut', 'truncate', 'flip'] as const)(
  'the store sends a chunk again after a %s under TLS',
  async kind => {
    const { secureEndpoint, caFile } = inject('s3')
    const proxy = await TcpProxy.start({ host: 'localhost', port: Number(new URL(secureEndpoint).port) })
    onTestFinished(() => proxy.stop())
    const ca = await readFile(caFile, 'utf8')
    const { store, retries } = openStore(`https://localhost:${proxy.port}`, { ca, stallMs: 5_000 })
    const object = await store.stage(somewhere(bucket), RUN)
    const byte = proxy.seen['to server'].bytes + 3 * MIB
    proxy.fail({ direction: 'to server', at: { byte }, fault: { kind } })
    const content = Buffer.alloc(6 * MIB, 'content ')
    await object.write(content)
    await object.finish()
    await store.commit(object.token, content.length, true)
    const found = await store.read(object.token)
    expect(content.equals(found?.bytes ?? Buffer.alloc(0))).toBe(true)
    expect(retries).toEqual([expect.stringContaining('could not write chunk 1')])
  },
)
