import { openSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { awaitsOrders, receiveOrders, writtenOrders } from '../../../src/run/index.ts'

const ORDERS = writtenOrders({ BATCHQUERY_DATABASE: 'mysql://u@h/d', TOKEN: 'a\n"b"', EMPTY: '' })

/** The environment of a runner whose descriptor has these orders. */
async function awaiting(orders: string): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-orders-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'orders')
  await writeFile(path, orders)
  return { INHERITED: 'yes', EMPTY: 'full', BATCHQUERY_ORDERS: String(openSync(path, 'r')) }
}

test('a runner has its own variables and those of its orders when it has read them', async () => {
  const environment = await awaiting(ORDERS)
  expect(awaitsOrders(environment)).toBe(true)
  expect(receiveOrders(environment)).toBe(true)
  expect(environment).toEqual({
    INHERITED: 'yes',
    BATCHQUERY_DATABASE: 'mysql://u@h/d',
    TOKEN: 'a\n"b"',
    EMPTY: '',
  })
  expect(awaitsOrders(environment)).toBe(false)
})

test.each([
  ['are missing', ''],
  ['are cut', ORDERS.slice(0, -1)],
  ['are cut early', ORDERS.slice(0, 20)],
])('a runner has no run when its orders %s', async (_what, orders) => {
  const environment = await awaiting(orders)
  expect(receiveOrders(environment)).toBe(false)
  expect(environment).toEqual({ INHERITED: 'yes', EMPTY: 'full' })
})
