import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { TcpProxy, type TcpRule } from './tcp-proxy.ts'

/** Echoes every byte, and records how its connections ended. */
const ends: string[] = []
const server: Server = createServer({ allowHalfOpen: true }, socket => {
  const end = (how: string) => void ends.push(how)
  socket.on('data', bytes => socket.write(bytes))
  socket.on('end', () => {
    end('orderly')
    socket.end()
  })
  socket.on('error', () => end('cut'))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
afterAll(() => server.close())

/** The view of a client that sends `abcdef` through a proxy with a fault, letter by letter. */
async function talk(...rules: readonly TcpRule[]) {
  ends.length = 0
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen')
  const proxy = await TcpProxy.start({ host: '127.0.0.1', port: address.port })
  onTestFinished(() => proxy.stop())
  for (const rule of rules) proxy.fail(rule)
  const client: Socket = connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: true })
  const seen = { heard: '', end: 'none' }
  client.on('data', bytes => {
    seen.heard += bytes
  })
  client.on('end', () => {
    seen.end = 'orderly'
  })
  client.on('error', () => {
    seen.end = 'cut'
  })
  await once(client, 'connect')
  client.setNoDelay(true)
  // The next letter is sent when the proxy has seen the last one return, so each is a separate chunk.
  const isNext = (said: number) =>
    proxy.seen['to client'].bytes >= said || proxy.isSilent || seen.end !== 'none'
  for (const [at, letter] of [...'abcdef'].entries()) {
    if (client.writable && seen.end === 'none') client.write(letter)
    await expect.poll(() => isNext(at + 1), { interval: 2 }).toBe(true)
  }
  return { proxy, client, seen }
}

const isOver = (seen: { end: string }) => expect.poll(() => seen.end).not.toBe('none')

test('a proxy without a fault passes everything, also the end', async () => {
  const { client, seen, proxy } = await talk()
  client.end()
  await isOver(seen)
  expect(seen).toEqual({ heard: 'abcdef', end: 'orderly' })
  expect(ends).toEqual(['orderly'])
  expect(proxy.seen['to server']).toEqual({ bytes: 6, chunks: 6 })
})

test('a cut ends both sides at once', async () => {
  const { seen } = await talk({ direction: 'to server', at: { byte: 3 }, fault: { kind: 'cut' } })
  await isOver(seen)
  expect(seen).toEqual({ heard: 'abc', end: 'cut' })
  await expect.poll(() => ends).toEqual(['cut'])
})

test('a truncation looks like an end', async () => {
  const { seen } = await talk({ direction: 'to client', at: { chunk: 2 }, fault: { kind: 'truncate' } })
  await isOver(seen)
  expect(seen).toEqual({ heard: 'ab', end: 'orderly' })
  await expect.poll(() => ends).toContain('orderly')
})

test('a stall ends no side until healing cuts it', async () => {
  const { seen, proxy } = await talk({ direction: 'to client', at: { byte: 1 }, fault: { kind: 'stall' } })
  await expect.poll(() => seen).toEqual({ heard: 'a', end: 'none' })
  expect(ends).toEqual([])
  proxy.heal()
  await isOver(seen)
  expect(seen).toEqual({ heard: 'a', end: 'cut' })
})

test('a half-open connection ends on one side only', async () => {
  const fault = { kind: 'half-open', notified: 'client' } as const
  const { seen, proxy } = await talk({ direction: 'to server', at: { byte: 4 }, fault })
  await isOver(seen)
  expect(seen).toEqual({ heard: 'abcd', end: 'cut' })
  expect(ends).toEqual([])
  proxy.heal()
  await expect.poll(() => ends).toEqual(['cut'])
})

test('a client on a lost machine sends nothing more', async () => {
  const { client, proxy } = await talk()
  proxy.loseClients()
  client.resetAndDestroy()
  await sleep(50)
  expect(ends).toEqual([])
})

test('a flip changes one bit, and a delay none', async () => {
  const { seen } = await talk(
    { direction: 'to server', at: { byte: 1 }, fault: { kind: 'flip' } },
    { direction: 'to client', at: { byte: 2 }, fault: { kind: 'delay', ms: 20 } },
  )
  await expect.poll(() => seen.heard).toBe('arcdef')
})

test('a lost answer reaches the server but not the client', async () => {
  const fault = { kind: 'lose the answer', ms: 3_000 } as const
  const { seen, proxy } = await talk({ direction: 'to server', at: { byte: 2 }, fault })
  await isOver(seen)
  expect(seen).toEqual({ heard: 'ab', end: 'cut' })
  expect(proxy.seen['to client'].bytes).toBe(6)
})

test('a call is made once, when the byte arrives', async () => {
  let called = 0
  const fault = { kind: 'call', call: () => void called++ } as const
  const { seen } = await talk({ direction: 'to server', at: { byte: 5 }, fault })
  await expect.poll(() => seen.heard).toBe('abcdef')
  expect(called).toBe(1)
})
