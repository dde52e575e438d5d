import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { expect, onTestFinished, test } from 'vitest'
import { createStack } from '../../src/app/stack.ts'
import { newApp } from '../construct/stacks.ts'

const NONE = { name: 'batchquery', databases: {}, secrets: [], schedules: {}, formerKmsKeys: [] }

const REPOSITORY = 'arn:aws:ecr:us-east-1:123456789012:repository/team/batchquery'

test.each([
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com/team/batchquery:1', ':1'],
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com/team/batchquery', ':latest'],
  [
    `123456789012.dkr.ecr.us-east-1.amazonaws.com/team/batchquery@sha256:${'a'.repeat(64)}`,
    `@sha256:${'a'.repeat(64)}`,
  ],
])(
  'the execution role may pull the image %s of ECR, and a private network has endpoints for it',
  (image, version) => {
    const stack = createStack(newApp(), {
      path: '/batchquery.yaml',
      bucket: undefined,
      notify: [],
      stack: { ...NONE, image },
    })
    const made = Template.fromStack(stack)
    made.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['ecr:BatchGetImage']), Resource: REPOSITORY }),
        ]),
      },
    })
    const definitions = JSON.stringify(made.findResources('AWS::ECS::TaskDefinition'))
    expect(definitions).toContain(`/team/batchquery${version}"`)
  },
)

test('the stack refuses an image of another registry when the network is private', () => {
  const config = {
    path: '/batchquery.yaml',
    bucket: undefined,
    notify: [],
    stack: { ...NONE, image: 'example.com/batchquery:1' },
  }
  expect(() => createStack(newApp(), config)).toThrow(/no registry except ECR/)
})

test('the stack builds a folder for the processor of the task definition', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-image-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'image'))
  await writeFile(join(folder, 'image/Dockerfile'), 'FROM scratch\n')
  const app = newApp()
  const stack = createStack(app, {
    path: join(folder, 'batchquery.yaml'),
    bucket: undefined,
    notify: [],
    stack: { ...NONE, image: './image' },
  })
  Template.fromStack(stack).hasResourceProperties('AWS::ECS::TaskDefinition', {
    RuntimePlatform: { CpuArchitecture: 'X86_64', OperatingSystemFamily: 'LINUX' },
  })
  const assets = JSON.parse(await readFile(join(app.outdir, `${stack.artifactId}.assets.json`), 'utf8'))
  const [built] = Object.values<{ source: { platform: string } }>(assets.dockerImages)
  expect(built?.source.platform).toBe('linux/amd64')
})
