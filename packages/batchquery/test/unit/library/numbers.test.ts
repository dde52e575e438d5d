import { expect, test } from 'vitest'
import { cancel, list, submit } from '../../../src/library/index.ts'

const DAY = 24 * 60 * 60
const place = { store: '/nowhere', environment: {} }

test.each([25 * DAY, -1, 0, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'submit refuses a timeout of %d seconds',
  async timeout => {
    await expect(submit('s3://b/t.sql', { ...place, timeout })).rejects.toMatchObject({
      code: 'USAGE',
      message: `timeout is ${timeout}, which is not a number of seconds`,
    })
  },
)

test.each([25 * DAY, -1, Number.NaN])('cancel refuses to wait %d seconds', async wait => {
  await expect(cancel('r1', { ...place, wait })).rejects.toMatchObject({ code: 'USAGE' })
})

test.each([0, -1, Number.NaN])('list refuses a limit of %d', async limit => {
  await expect(list({ ...place, limit })).rejects.toMatchObject({ code: 'USAGE' })
})
