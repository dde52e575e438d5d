import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { templateOf } from './template.ts'

describe('a created database', () => {
  test('gets version, pause and Data API from the file, and the parameter lists it', () => {
    const template = templateOf(`
stack:
  databases:
    main: { create: aurora-mysql, engineVersion: "3.10.4", minCapacity: 0, secondsUntilAutoPause: 3600, enableDataApi: true }
    other: { create: aurora-postgres, engineVersion: "16.9" }
`)
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      EngineVersion: '8.0.mysql_aurora.3.10.4',
      EnableHttpEndpoint: true,
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 3600 },
    })
    template.hasResourceProperties('AWS::RDS::DBCluster', {
      EngineVersion: '16.9',
      EnableHttpEndpoint: Match.absent(),
      AssociatedRoles: [{ FeatureName: 's3Export', RoleArn: Match.anyValue() }],
    })
    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Family: 'aurora-postgresql16' })
    const document = JSON.stringify(template.findResources('AWS::SSM::Parameter'))
    expect(document).toContain('MasterUserSecret.SecretArn')
    for (const part of ['aurora-mysql', '3.10.4', 'aurora-postgres', '16.9']) expect(document).toContain(part)
  })
})

test('ECS tasks get processor and storage from the file, and a schedule its own sizes', () => {
  const template = templateOf(`
stack:
  cpuArchitecture: ARM64
  ephemeralStorage: 50
  memory: 1024
  schedules:
    big: { expression: rate(1 day), task: script/a.sql, cpu: 1024, memory: 4096, spot: true, ephemeralStorage: 100 }
    plain: { expression: rate(1 day), task: script/b.sql }
`)
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    EphemeralStorage: { SizeInGiB: 50 },
    Memory: '1024',
    RuntimePlatform: { CpuArchitecture: 'ARM64' },
  })
  const byName = (name: string) => {
    const found = template.findResources('AWS::Scheduler::Schedule', { Properties: { Name: name } })
    const [schedule] = Object.values(found)
    return {
      input: JSON.stringify(schedule?.Properties.Target.Input),
      ecs: schedule?.Properties.Target.EcsParameters,
    }
  }
  const big = byName('batchquery-big')
  for (const part of [
    String.raw`\"cpu\":\"1024\"`,
    String.raw`\"memory\":\"4096\"`,
    String.raw`\"sizeInGiB\":100`,
  ])
    expect(big.input.replaceAll(String.raw`\\\"`, String.raw`\"`)).toContain(part)
  expect(big.ecs.CapacityProviderStrategy).toEqual([{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }])
  expect(big.ecs.LaunchType).toBeUndefined()
  const plain = byName('batchquery-plain')
  expect(plain.input).not.toMatch(/cpu|memory|sizeInGiB/)
  expect(plain.ecs.LaunchType).toBe('FARGATE')
})
