import { readFile } from 'node:fs/promises'
import aslValidator from 'asl-validator'
import { expect, test } from 'vitest'

test('the state machine of the orchestration page is valid, as another validator says', async () => {
  const page = await readFile(new URL('../../../../docs/orchestration.md', import.meta.url), 'utf8')
  const [, definition = ''] = /^```json\n([\s\S]*?)^```$/m.exec(page) ?? []
  const { isValid, errorsText } = aslValidator(JSON.parse(definition), { checkArn: true })
  expect(isValid, errorsText('\n')).toBe(true)
})
