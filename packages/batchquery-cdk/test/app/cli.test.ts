import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/batchquery-cdk.js', import.meta.url))
const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchquery cdk-'))
})
afterAll(() => rm(folder, { recursive: true }))

function run(args: readonly string[]): Promise<{ code: unknown; stderr: string; stdout: string }> {
  return new Promise(done => {
    execFile(process.execPath, [bin, ...args], { cwd: folder }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : error.code, stdout, stderr }),
    )
  })
}

test('GIVEN the README’s batchquery.yaml WHEN it is synthesised, without AWS THEN the template has what it says', async () => {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(await readFile(readme, 'utf8')) ?? []
  await writeFile(join(folder, 'batchquery.yaml'), yaml ?? '')
  const ran = await run(['synth', '--', '--quiet', '--output', 'out'])
  expect(ran).toEqual({ code: 0, stdout: '', stderr: '' })
  const template = await readFile(join(folder, 'out', 'batchquery.template.json'), 'utf8')
  for (const part of [
    'batchquery-fg',
    'AWS::Scheduler::Schedule',
    '/batchquery/batchquery',
    'cluster-ABC123',
  ])
    expect(template).toContain(part)
})

test('bootstrap reaches the AWS CDK, without one of one’s own', async () => {
  await writeFile(join(folder, 'batchquery.yaml'), '')
  const { code, stdout } = await run(['bootstrap', '--', '--show-template'])
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('StagingBucket') })
})

describe('what is refused, with exit code 2 and before the AWS CDK starts', () => {
  test.each([
    ['an unknown key', 'stack: { nmae: a }', 'stack.nmae'],
    [
      'a resource id that is none',
      'stack: { databases: { main: { dialect: mysql, host: a, resourceId: b } } }',
      'main',
    ],
    ['a folder that is no image', 'stack: [1]', 'stack'],
    ['no YAML', 'stack: {', 'cannot be read'],
    ['no size of Fargate', 'stack: { cpu: 300 }', 'stack.cpu: Fargate has no 300 CPU units'],
  ])('GIVEN %s', async (_, yaml, told) => {
    await writeFile(join(folder, 'bad.yaml'), yaml)
    const { code, stderr } = await run(['synth', '--config', 'bad.yaml'])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(told) })
  })

  test.each([[['synth', '--config', 'none.yaml']], [['make']], [['synth', '--quiet']]])(
    'GIVEN %j',
    async args => {
      const { code, stderr } = await run(args)
      expect(code).toBe(2)
      expect(stderr).toMatch(/^batchquery-cdk: /)
    },
  )
})
