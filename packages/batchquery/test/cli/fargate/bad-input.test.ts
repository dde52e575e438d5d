import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { always } from '../../ecs/faults.ts'
import { EXPIRED, writeExpiredSession } from './expired-session.ts'
import { FARGATE, stage } from './stage.ts'

const { ecs, bucket, environment, workspace, object, define } = await stage()

const PASS_ROLE =
  'User: arn:aws:iam::123456789012:user/a is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/task'

interface Bad {
  readonly yaml?: string
  readonly args?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  readonly prepare?: (id: string) => void
  readonly code: number
  readonly says: RegExp
  readonly hint: RegExp
  /** The error in the record; null if no run was submitted. */
  readonly record: string | null
  /** ECS tasks that were started, none of which is left. */
  readonly started?: number
}

const BAD: Record<string, Bad> = {
  'no right to RunTask': {
    prepare: () =>
      ecs.fail(
        always('RunTask', 'AccessDeniedException', 'User: a is not authorized to perform: ecs:RunTask'),
      ),
    ...{
      code: 4,
      says: /not authorized to perform: ecs:RunTask/,
      hint: /Allow ecs:RunTask/,
      record: 'PERMISSION',
    },
  },
  'no right to PassRole': {
    prepare: () => ecs.fail(always('RunTask', 'AccessDeniedException', PASS_ROLE)),
    ...{
      code: 4,
      says: /iam:PassRole/,
      hint: /Allow iam:PassRole on arn:aws:iam::123456789012:role\/task/,
      record: 'PERMISSION',
    },
  },
  'a cluster that is gone': {
    yaml: FARGATE.replace('batchquery-fg', 'gone'),
    ...{ code: 2, says: /Cluster not found/, hint: /fargate.cluster.*AWS_REGION/, record: 'CONFIG' },
  },
  'an inactive task definition': {
    prepare: () => define({ status: 'INACTIVE' }),
    ...{
      code: 2,
      says: /task definition batchquery is INACTIVE/,
      hint: /Register it again/,
      record: 'CONFIG',
    },
  },
  'an inactive task definition that may not be looked at': {
    prepare: () => {
      define({ status: 'INACTIVE' })
      ecs.fail(always('DescribeTaskDefinition', 'AccessDeniedException', 'no'))
    },
    ...{
      code: 2,
      says: /TaskDefinition is inactive/,
      hint: /Register the task definition again/,
      record: 'CONFIG',
    },
  },
  'another container': {
    yaml: FARGATE.replace('}', ', container: other }'),
    ...{ code: 2, says: /has no container other/, hint: /fargate.container.*batchquery/, record: 'CONFIG' },
  },
  'a size that Fargate has not': {
    args: ['--cpu', '300', '--memory', '99GB'],
    ...{ code: 2, says: /no ECS tasks of 300 CPU units/, hint: /256, 512, 1024/, record: 'CONFIG' },
  },
  'a memory that does not go with the CPU of the task definition': {
    args: ['--memory', '4GB'],
    ...{ code: 2, says: /256 CPU units and 4096 MiB/, hint: /512, 1024, 2048/, record: 'CONFIG' },
  },
  'Spot on a cluster that has none': {
    args: ['--spot'],
    prepare: () => ecs.clusters.set('batchquery-fg', ['FARGATE']),
    ...{
      code: 2,
      says: /'FARGATE_SPOT' is not associated/,
      hint: /put-cluster-capacity-providers/,
      record: 'CONFIG',
    },
  },
  'the id of another run of today': {
    prepare: id => ecs.rememberToken(createHash('sha256').update(`${id}/launch-0001`).digest('hex')),
    ...{
      code: 5,
      says: /other parameters/,
      hint: /arn:aws:ecs:.*another home bucket/,
      record: 'RUN_CONFLICT',
    },
  },
  'an image that is not there': {
    prepare: () => define({ image: 'missing' }),
    ...{
      code: 1,
      says: /did not start .*stopCode TaskFailedToStart.*CannotPullContainerError/,
      hint: /ecr.api/,
    },
    ...{ record: 'ENGINE_FAILED', started: 1 },
  },
  'an image without the program': {
    prepare: () => define({ image: 'broken' }),
    ...{
      code: 1,
      says: /CannotStartContainerError/,
      hint: /ENTRYPOINT.*batchquery-task/,
      record: 'ENGINE_FAILED',
      started: 1,
    },
  },
  'an image without the runner': {
    prepare: () => define({ image: 'another' }),
    ...{
      code: 1,
      says: /ended before a runner claimed the run .*exit code 127/,
      hint: /batchquery-task/,
      record: 'ENGINE_FAILED',
      started: 1,
    },
  },
  'a store that is a folder': {
    environment: { BATCHQUERY_STORE: './store' },
    ...{ code: 2, says: /needs the store on S3/, hint: /--store s3/, record: null },
  },
  'a secret': {
    args: ['-p', 'token=@token.txt'],
    ...{
      code: 2,
      says: /token is secret, and everyone who may look at the ECS task could see it/,
      hint: /Secrets Manager/,
      record: null,
    },
  },
  'a database with a password': {
    environment: { BATCHQUERY_DATABASE: 'mysql://u:geheim@db.example.com/d' },
    ...{ code: 2, says: /mysql:\/\/u:\*+@db.example.com\/d has a password/, hint: /auth=iam/, record: null },
  },
  'a database that is a file here': {
    args: ['-d', 'duckdb:here.duckdb'],
    ...{ code: 2, says: /is a file on this machine/, hint: /BATCHQUERY_DATABASE/, record: null },
  },
  'a session of AWS that has expired': {
    environment: EXPIRED,
    ...{ code: 4, says: /expired/i, hint: /aws sso login/, record: null },
  },
}

test.each(Object.entries(BAD))('%s', async (name, bad) => {
  const here = await workspace(bad.yaml)
  await here.write('t.sql', `-- @param token secret\nSELECT 1 INTO OUTFILE S3 's3://${bucket}/output/bad'`)
  await here.write('token.txt', 'must stay secret')
  await writeExpiredSession(here)
  const id = `bad-${Object.keys(BAD).indexOf(name)}`
  bad.prepare?.(id)
  const before = ecs.tasks.length
  const ran = await here.run(['run', './t.sql', '--run-id', id, ...(bad.args ?? [])], {
    environment: { ...environment, ...bad.environment },
  })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: bad.code })
  expect(ran.stderr).toMatch(new RegExp(`^error: .*${bad.says.source}`, `m${bad.says.flags}`))
  expect(ran.stderr).toMatch(new RegExp(`^hint: .*${bad.hint.source}`, 'm'))
  const record = await object(`runs/${id}/run.json`)
  if (bad.record === null) expect(record).toBe('')
  else
    expect(JSON.parse(record)).toMatchObject({
      state: 'FAILED',
      exitCode: bad.code,
      error: { code: bad.record },
    })
  expect(ecs.tasks.length - before).toBe(bad.started ?? 0)
  await Promise.all(ecs.tasks.map(({ stopped }) => stopped))
  ecs.clusters.set('batchquery-fg', ['FARGATE', 'FARGATE_SPOT'])
})
