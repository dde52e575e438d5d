import { setTimeout } from 'node:timers/promises'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { CoalescedWrite } from '../../../src/run/coalesced-write.ts'
import { cases } from '../../setup/chance.ts'

test('a request resolves when the changes before it are written, one write at a time', async () => {
  const step = fc.record({ pause: fc.integer({ min: 0, max: 3 }), fails: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async steps => {
      let value = 0
      let stored = 0
      let atWork = 0
      let writes = 0
      const write = new CoalescedWrite(async () => {
        const { pause = 0, fails = false } = steps[writes++ % steps.length] ?? {}
        const snapshot = value
        expect(++atWork).toBe(1)
        await setTimeout(pause)
        atWork--
        if (fails) throw new Error('refused')
        stored = snapshot
      })
      const requests: Promise<void>[] = []
      for (const { pause } of steps) {
        const changed = ++value
        requests.push(
          write.request().then(
            () => expect(stored).toBeGreaterThanOrEqual(changed),
            error => expect(error).toEqual(new Error('refused')),
          ),
        )
        if (pause > 0) await setTimeout(pause)
      }
      await Promise.all(requests)
      expect(writes).toBeLessThanOrEqual(steps.length)
    }),
    { numRuns: cases(50) },
  )
})

test('a thousand requests at once make two writes, and the second one has the last change', async () => {
  const written: number[] = []
  let value = 0
  const write = new CoalescedWrite(async () => {
    written.push(value)
    await setTimeout(1)
  })
  const first = write.request()
  await Promise.resolve()
  const others = Array.from({ length: 1000 }, () => {
    value++
    return write.request()
  })
  await Promise.all([first, ...others])
  expect(written).toEqual([0, 1000])
})
