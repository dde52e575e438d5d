import { readFile } from 'node:fs/promises'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks } from 'cdk-nag'
import { transform } from 'esbuild'
import { expect, test } from 'vitest'
import { given } from '../construct/stacks.ts'

const page = new URL('../../../../docs/operations.md', import.meta.url)
const IMPORT = /^import (\{[^}]+\}) from '(aws-cdk-lib\/[\w-]+)'$/gm

/** Runs the page's TypeScript with the values that it assumes. */
async function runLines(names: Readonly<Record<string, unknown>>): Promise<void> {
  const [, lines = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(await readFile(page, 'utf8')) ?? []
  const asked = [...lines.matchAll(IMPORT)].map(([, , name = '']) => name)
  const modules = Object.fromEntries(
    await Promise.all(asked.map(async name => [name, await import(name)] as const)),
  )
  const body = lines.replace(IMPORT, (_, imported, name) => `const ${imported} = modules['${name}']`)
  const { code } = await transform(body, { loader: 'ts' })
  new Function(...Object.keys(names), 'modules', code)(...Object.values(names), modules)
}

test('the code of the operations page creates rules and alarms, and nothing unsafe', async () => {
  const schedules = { nightly: { expression: 'rate(1 day)', task: 'script/a.sql' } }
  const { stack, batchQuery } = given({ schedules })
  await runLines({ stack, batchQuery })
  const made = Template.fromStack(stack)
  for (const detail of [
    { containers: { exitCode: [{ 'anything-but': [0] }] } },
    { stopCode: ['TaskFailedToStart'] },
  ])
    made.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ lastStatus: ['STOPPED'], ...detail }) }),
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Alarms') } })],
    })
  made.resourceCountIs('AWS::CloudWatch::Alarm', 2)
  // The topic's policy replaces the default one, which lets everything in the account publish.
  for (const service of ['events', 'cloudwatch'])
    made.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sns:Publish',
            Effect: 'Allow',
            Principal: { Service: `${service}.amazonaws.com` },
          }),
        ]),
      },
    })
  made.hasResourceProperties('AWS::Logs::MetricFilter', { FilterPattern: '"error: "' })
  expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([])
})
