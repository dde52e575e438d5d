import aslValidator from 'asl-validator'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseStackDocument } from '../../../batchquery/src/config/discovery.ts'
import { fanOutDefinition, MOST_INLINE } from '../../src/construct/fan-out-states.ts'
import { templateOf } from '../app/template.ts'
import { given } from './stacks.ts'

const PLACE = {
  cluster: 'batchquery-fg',
  taskDefinition: 'batchquery',
  container: 'batchquery',
  subnets: ['subnet-1'],
  securityGroups: ['sg-1'],
  assignPublicIp: false,
}

let made: Template
beforeAll(() => {
  const { stack, batchQuery } = given({ fanOut: true })
  batchQuery.grantRun(new Role(stack, 'Runner', { assumedBy: new AccountRootPrincipal() }))
  made = Template.fromStack(stack)
})

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: unknown
}

const statementsOf = (role: RegExp): readonly Statement[] =>
  Object.entries(made.findResources('AWS::IAM::Policy'))
    .filter(([id]) => role.test(id))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)

const ofStates = (role: RegExp): readonly (readonly [string, string])[] =>
  statementsOf(role).flatMap(({ Action, Resource }) =>
    [Action]
      .flat()
      .filter(action => action.startsWith('states:'))
      .map(action => [action, text(Resource)] as const),
  )

/** The result of CloudFormation's functions, with the names of the references. */
function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.map(text).join(' ')
  if ('Ref' in value) return String(value.Ref).replace('AWS::', '')
  if ('Fn::GetAtt' in value) return [value['Fn::GetAtt']].flat().join('.')
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) return value['Fn::Join'][1].map(text).join('')
  throw new Error(JSON.stringify(value))
}

/** The definition as CloudFormation would pass it. */
function deployed() {
  const [machine] = Object.values(made.findResources('AWS::StepFunctions::StateMachine'))
  return JSON.parse(text(machine?.Properties.DefinitionString))
}

describe('the state machine', () => {
  test('is valid Amazon States Language, as another validator says', () => {
    for (const definition of [fanOutDefinition(PLACE), deployed()]) {
      const { isValid, errorsText } = aslValidator(JSON.parse(JSON.stringify(definition)), { checkArn: true })
      expect(isValid, errorsText('\n')).toBe(true)
    }
  })

  test('runs up to 40 machines in an inline Map, and more in a distributed one', () => {
    const { Few, Many } = deployed().States
    expect(Few).toMatchObject({
      MaxConcurrency: MOST_INLINE,
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' } },
    })
    expect(Many.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' })
    const few = JSON.stringify(Few.ItemProcessor.States)
    expect(JSON.parse(few.replaceAll('Few"', 'Many"'))).toEqual(Many.ItemProcessor.States)
  })

  test('starts the task definition of the stack in its network, and says to each machine which one it is', () => {
    const { Resource, Parameters } = deployed().States.Few.ItemProcessor.States.MachineFew
    expect(Resource).toBe('arn:aws:states:::ecs:runTask.sync')
    expect(Parameters).toMatchObject({
      Cluster: expect.stringMatching(/Cluster/),
      TaskDefinition: 'batchquery',
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
    })
    const [{ Environment }] = Parameters.Overrides.ContainerOverrides
    expect(Environment).toContainEqual({ Name: 'BATCHQUERY_WORKER', 'Value.$': '$.worker' })
    expect(Environment).toContainEqual({ Name: 'BATCHQUERY_RUN_ID', 'Value.$': '$.run' })
  })

  test('has a log without the data of executions, and the tag of the stack', () => {
    made.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'batchquery-fan-out',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false, Destinations: [Match.anyValue()] },
      Tags: Match.arrayWith([{ Key: 'batchquery:stack', Value: 'batchquery' }]),
    })
    made.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/vendedlogs/states/batchquery-fan-out',
      RetentionInDays: 90,
    })
  })

  test('exists only if the user asks for it', () => {
    const { template } = given()
    template().resourceCountIs('AWS::StepFunctions::StateMachine', 0)
    templateOf('stack: { fanOut: true }').resourceCountIs('AWS::StepFunctions::StateMachine', 1)
  })
})

describe('the role of the state machine', () => {
  test('passes the two roles of the tasks to ECS tasks, and no other role', () => {
    const passing = statementsOf(/FanOutRole/).filter(({ Action }) => Action === 'iam:PassRole')
    expect(passing.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    ])
    expect(text(passing[0]?.Resource)).toMatch(/^\w*TaskRole\w*\.Arn \w*ExecutionRole\w*\.Arn$/)
  })

  test('has the actions that AWS lists for runTask.sync and a distributed Map, those of the log, and no other', () => {
    const actions = statementsOf(/FanOutRole/).flatMap(({ Action }) => [Action].flat())
    // https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html, .../iam-policies-eg-dist-map.html, .../cw-logs.html
    expect(actions.toSorted()).toEqual([
      'ecs:DescribeTasks',
      'ecs:RunTask',
      'ecs:StopTask',
      'ecs:TagResource',
      'events:DescribeRule',
      'events:PutRule',
      'events:PutTargets',
      'iam:PassRole',
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'states:DescribeExecution',
      'states:StartExecution',
      'states:StopExecution',
    ])
  })

  test('reaches nothing beyond the cluster, the family, one rule and itself', () => {
    const others = statementsOf(/FanOutRole/).filter(
      ({ Action }) => ![Action].flat().every(name => /^logs:/.test(name)),
    )
    for (const { Action, Resource } of others) {
      expect(text(Resource), String(Action)).not.toBe('*')
      expect(text(Resource), String(Action)).toMatch(
        /:task-definition\/batchquery:\*|TaskRole|:task\/\w*Cluster\w*\/\*$|rule\/StepFunctionsGetEventsForECSTaskRule$|:(?:stateMachine:batchquery-fan-out|execution:batchquery-fan-out:\*)$/,
      )
    }
    const [start] = others.filter(({ Action }) => Action === 'ecs:RunTask')
    expect(start?.Condition).toMatchObject({ ArnEquals: { 'ecs:cluster': expect.anything() } })
  })

  test('is only for Step Functions, and only for this state machine', () => {
    made.hasResourceProperties('AWS::IAM::Role', {
      Description: 'batchquery: Step Functions starts ECS tasks',
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Principal: { Service: 'states.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': Match.anyValue() },
            },
          }),
        ],
      }),
    })
  })
})

const EXECUTIONS = /:execution:batchquery-fan-out:\*$/
const MACHINE = /:stateMachine:batchquery-fan-out$/

test('the coordinator starts, describes and stops executions of this state machine only', () => {
  expect(ofStates(/TaskRole/)).toEqual([
    ['states:StartExecution', expect.stringMatching(MACHINE)],
    ['states:DescribeExecution', expect.stringMatching(EXECUTIONS)],
    ['states:StopExecution', expect.stringMatching(EXECUTIONS)],
  ])
})

test('grantRun lets a submitter end what a dead coordinator left', () => {
  expect(ofStates(/^Runner/)).toEqual([
    ['states:DescribeExecution', expect.stringMatching(EXECUTIONS)],
    ['states:StopExecution', expect.stringMatching(EXECUTIONS)],
  ])
})

test('a private network has the endpoint of Step Functions, for the task role only', () => {
  const [endpoint] = Object.entries(made.findResources('AWS::EC2::VPCEndpoint')).filter(([id]) =>
    id.includes('StepFunctions'),
  )
  expect(text(endpoint?.[1].Properties.ServiceName)).toMatch(/\.states$/)
  const [statement] = endpoint?.[1].Properties.PolicyDocument.Statement ?? []
  expect(statement.Action).toEqual([
    'states:StartExecution',
    'states:DescribeExecution',
    'states:StopExecution',
  ])
  expect(text(statement.Principal.AWS)).toMatch(/TaskRole/)
})

test('the parameter names the state machine, and the command line accepts that', () => {
  const [parameter] = Object.values(made.findResources('AWS::SSM::Parameter'))
  const value = text(parameter?.Properties.Value)
  expect(JSON.parse(value).settings.fargate.stateMachine).toMatch(/FanOut/)
  const stack = { parameter: '/batchquery/batchquery', region: 'us-east-1', value, isChosen: true }
  expect(parseStackDocument(stack, '/tmp').settings.fargate).toMatchObject({
    stateMachine: expect.stringMatching(/FanOut/),
  })
})
