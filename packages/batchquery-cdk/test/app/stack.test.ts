import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { describe, test } from 'vitest'
import { readAppConfig } from '../../src/app/config.ts'
import { createStack } from '../../src/app/stack.ts'
import { newApp } from '../construct/stacks.ts'

/** What the file makes. */
function templateOf(yaml: string): Template {
  const folder = mkdtempSync(join(tmpdir(), 'batchquery-cdk-file-'))
  try {
    const path = join(folder, 'batchquery.yaml')
    writeFileSync(path, yaml)
    return Template.fromStack(createStack(newApp(), readAppConfig(path)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('GIVEN two databases behind one security group', () => {
  const made = () =>
    templateOf(`
stack:
  databases:
    a: { dialect: mysql, host: a.example.com, resourceId: cluster-A, securityGroup: sg-0123456789abcdef0 }
    b: { dialect: mysql, host: b.example.com, resourceId: cluster-B, securityGroup: sg-0123456789abcdef0 }
    c: { dialect: postgres, host: c.example.com, resourceId: cluster-C, securityGroup: sg-0123456789abcdef0 }
    d: { dialect: mysql, host: d.example.com, resourceId: cluster-D, securityGroup: sg-0123456789abcdef2 }
`)

  test('THEN a rule is made once for each group and port: EC2 refuses the second of equal ones', () => {
    const template = made()
    // And one to the endpoints.
    template.resourceCountIs('AWS::EC2::SecurityGroupEgress', 4)
    for (const [group, port] of [
      ['sg-0123456789abcdef0', 3306],
      ['sg-0123456789abcdef0', 5432],
      ['sg-0123456789abcdef2', 3306],
    ] as const)
      template.resourcePropertiesCountIs(
        'AWS::EC2::SecurityGroupIngress',
        Match.objectLike({ GroupId: group, FromPort: port, ToPort: port }),
        1,
      )
  })
})
