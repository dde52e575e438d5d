import { Stack, Validations } from 'aws-cdk-lib'
import { ContainerImage } from 'aws-cdk-lib/aws-ecs'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { AwsSolutionsChecks } from 'cdk-nag'
import { expect, test } from 'vitest'
import { auroraMysql, auroraPostgres, BatchQuery, type BatchQueryProps } from '../../src/index.ts'
import { given, main, newApp } from './stacks.ts'

const EVERYTHING: BatchQueryProps = {
  databases: { main, mysql: auroraMysql(), postgres: auroraPostgres() },
  schedules: { nightly: { expression: 'cron(15 2 * * ? *)', task: 'script/batchquery.sql' } },
  notices: {},
  fanOut: true,
}

/** The findings of AWS's own list of unsafe settings, as `rule: path`. */
const found = (stack: Stack): string[] =>
  new AwsSolutionsChecks()
    .validateScope(stack)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName}: ${constructPath}`),
    )

test.each<[string, BatchQueryProps]>([
  ['nothing', {}],
  ['everything', EVERYTHING],
  [
    'public addresses and an image of a registry',
    { assignPublicIp: true, image: ContainerImage.fromRegistry('a') },
  ],
])('cdk-nag finds only explained faults with %s', (_, props) => {
  const { app, stack } = given(props)
  expect(found(stack)).toEqual([])
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  expect(() => app.synth()).not.toThrow()
})

test('cdk-nag finds only explained faults with a key, an account and a region', () => {
  const stack = new Stack(newApp(), 'Test', { env: { account: '123456789012', region: 'us-east-1' } })
  const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true })
  new BatchQuery(stack, 'BatchQuery', { ...EVERYTHING, encryptionKey })
  expect(found(stack)).toEqual([])
})

test('cdk-nag reports resources that a user adds to the same stack and the same role', () => {
  const { stack, batchQuery } = given(EVERYTHING)
  new Bucket(stack, 'Theirs')
  batchQuery.taskRole.addToPolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::a/*'] }))
  const findings = found(stack)
  expect(findings).toContain('AwsSolutions-S1: Test/Theirs/Resource')
  expect(findings.filter(finding => finding.includes('/TaskRole/'))).toEqual([
    expect.stringContaining('IAM5[Action::s3:*]'),
    expect.stringContaining('IAM5[Resource::arn:aws:s3:::a/*]'),
  ])
})
