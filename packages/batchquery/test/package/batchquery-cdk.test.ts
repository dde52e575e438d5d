import { expect, test } from 'vitest'
import { Installation, NODES } from './installation.ts'

const PROGRAM = `
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { BatchQuery } from 'batchquery-cdk'
const stack = new Stack(new App(), 'Stack')
new BatchQuery(stack, 'BatchQuery')
console.log(Object.keys(Template.fromStack(stack).findResources('AWS::ECS::TaskDefinition')).length)
`

test.for(NODES)('batchquery-cdk runs when npm installs its tarball with Node %i', async node => {
  const installed = await Installation.create('batchquery-cdk', node)
  expect(await installed.shell('npx --no-install batchquery-cdk --help')).toMatch(
    /^batchquery-cdk bootstrap\|deploy\|/,
  )
  expect(await installed.run(PROGRAM)).toBe('1')

  const readme = await installed.read('README.md')
  const [, settings = ''] = /^```yaml\n(.*?)^```$/ms.exec(readme) ?? []
  await installed.write('batchquery.yaml', settings)
  await installed.shell('npx --no-install batchquery-cdk synth -- --quiet --output cdk.out')
  expect(await installed.shell('cat cdk.out/*.template.json')).toContain('cron(15 2 * * ? *)')
})

test('a program compiles against the types in batchquery-cdk', async () => {
  const installed = await Installation.create('batchquery-cdk', NODES[0])
  await installed.compile(PROGRAM)
})
