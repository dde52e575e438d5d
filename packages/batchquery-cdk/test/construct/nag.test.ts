import { CfnElement, type Stack, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { expect, test } from 'vitest'
import { auroraMysql, auroraPostgres } from '../../src/index.ts'
import { given, main } from './stacks.ts'

const FAMILY = 'arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task-definition/batchquery:*'
const LAMBDA_LOGS = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

test('GIVEN everything THEN AWS’s own list of what is unsafe finds nothing that is not reasoned', () => {
  const { app, stack, batchQuery } = given({
    databases: { main, mysql: auroraMysql(), postgres: auroraPostgres() },
    schedules: { nightly: { expression: 'cron(15 2 * * ? *)', task: 'script/batchquery.sql' } },
    notices: {},
  })
  acknowledge(stack, {
    [`IAM4[Policy::${LAMBDA_LOGS}]`]:
      'the function that writes batchquery.yaml is CDK’s own, and this lets it log',
    'IAM5[Resource::*]': 'ecr:GetAuthorizationToken knows no resources',
    [`IAM5[Resource::${FAMILY}]`]: 'a schedule goes on with the next revision; the cluster is a condition',
    S1: 'records tell who wrote what; access logs need a second bucket, which is its owner’s choice',
    VPC7: 'flow logs are paid by the gigabyte; whoever wants them gives a vpc that has them',
    ECS2: 'names and URLs without passwords',
    SQS3: 'it is the queue of dead letters itself',
    RDS11: 'the port is known to whoever reaches it: the security group lets the ECS tasks in alone',
    RDS14: 'tasks read; backtrack would be paid for nothing',
    ...Object.fromEntries(
      ['', 'output/', 'runs/', 'index/', 'locks/'].map(prefix => [
        `IAM5[Resource::<${stack.getLogicalId(cfn(batchQuery.bucket))}.Arn>/${prefix}*]`,
        'objects below a prefix of the one bucket; each action is named',
      ]),
    ),
  })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }))
  expect(() => app.synth()).not.toThrow()
})

test('GIVEN no reasons THEN the list is really looked through', () => {
  const { app } = given()
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }))
  expect(() => app.synth()).toThrow(/AwsSolutions-ECS2/)
})

function acknowledge(stack: Stack, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons))
    Validations.of(stack).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })
}

function cfn({ node }: IConstruct) {
  const { defaultChild } = node
  if (!CfnElement.isCfnElement(defaultChild)) throw new Error(`${node.path} is no resource`)
  return defaultChild
}
