import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { beforeAll, expect, test } from 'vitest'
import { given } from './stacks.ts'

const SOURCES = new URL('../../../batchquery/src/', import.meta.url).pathname

/**
 * The IAM actions of a request, if they are not `service:Request`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'ecs:RunTask': ['ecs:RunTask', 'ecs:TagResource', 'iam:PassRole'],
  's3:CompleteMultipartUpload': ['s3:PutObject'],
  's3:CreateMultipartUpload': ['s3:PutObject'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:GetBucketLifecycleConfiguration': ['s3:GetLifecycleConfiguration'],
  's3:GetObject': ['s3:GetObject', 's3:GetObjectVersion'],
  's3:HeadObject': ['s3:GetObject'],
  's3:ListMultipartUploads': ['s3:ListBucketMultipartUploads'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:ListParts': ['s3:ListMultipartUploadParts'],
  's3:UploadPart': ['s3:PutObject'],
}
const SERVICES: Readonly<Record<string, string>> = {
  ecs: 'ecs',
  'cloudwatch-logs': 'logs',
  s3: 's3',
  sfn: 'states',
  ssm: 'ssm',
}
/**
 * A submitter need not see the other stacks of an account. Without this right they name their own stack, or it has
 * the usual name. Only the coordinator of a run starts the machines of an export.
 */
const DONE_WITHOUT = ['ssm:GetParametersByPath', 'states:StartExecution']

/** Every request of the SDK's clients of store and engine, from their sources. */
async function requests(): Promise<string[]> {
  const files = await readdir(SOURCES, { recursive: true })
  const found = new Set<string>()
  for (const file of files.filter(name => /^(engine|store)\/.*-commands\.ts$/.test(name))) {
    const source = await readFile(join(SOURCES, file), 'utf8')
    const [, client = ''] = /'@aws-sdk\/client-([\w-]+)'/.exec(source) ?? []
    for (const [, name] of source.matchAll(/new (\w+)Command\(/g)) found.add(`${SERVICES[client]}:${name}`)
  }
  return [...found].sort()
}

interface Statement {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

/** The result of CloudFormation's functions, with placeholders for values that only the deployment knows. */
function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('Ref' in value) return String(value.Ref)
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return value['Fn::GetAtt'].join('.')
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join']
    return parts.map(text).join(separator)
  }
  throw new Error(JSON.stringify(value))
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

let granted: readonly Statement[]
beforeAll(() => {
  const { batchQuery, stack, template } = given({ fanOut: true })
  batchQuery.grantRun(new Role(stack, 'Runner', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }))
  const policies = Object.entries(template().findResources('AWS::IAM::Policy'))
  granted = policies
    .filter(([id]) => id.startsWith('Runner'))
    .flatMap(([, { Properties }]) => list(Properties.PolicyDocument.Statement))
    .flatMap(statement =>
      typeof statement === 'object' && statement !== null && 'Action' in statement && 'Resource' in statement
        ? [{ actions: list(statement.Action).map(String), resources: list(statement.Resource).map(text) }]
        : [],
    )
})

/** Whether an action is granted, on an object of the bucket if a key is passed. */
const may = (action: string, key?: string): boolean =>
  granted.some(
    ({ actions, resources }) =>
      actions.includes(action) &&
      resources.some(resource => {
        const [, pattern] = /\.Arn\/(.*)$/.exec(resource) ?? []
        return key === undefined || (pattern !== undefined && key.startsWith(pattern.replace(/\*$/, '')))
      }),
  )

test('grantRun grants every request of the engine and its store', async () => {
  const made = await requests()
  expect(made).toEqual(expect.arrayContaining(['ecs:RunTask', 'logs:GetLogEvents', 's3:UploadPart']))
  expect(made.filter(request => request.startsWith('undefined'))).toEqual([])
  const needed = new Set(made.flatMap(request => ACTIONS[request] ?? [request]))
  expect([...needed].filter(action => !may(action))).toEqual(DONE_WITHOUT)
})

test('grantRun grants writing runs and recovering dead ones, and changing no task', () => {
  for (const key of ['runs/r1/run.json', 'index/1_r1', 'locks/ab', 'output/result.part_00000'])
    for (const action of ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:GetObject'])
      expect(may(action, key), `${action} ${key}`).toBe(true)
  expect(may('s3:GetObject', 'script/a.sql')).toBe(true)
  for (const key of ['script/a.sql', 'batchquery.yaml']) expect(may('s3:PutObject', key), key).toBe(false)
})
