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

test('the template has what the README’s batchquery.yaml says when it is synthesized without AWS', async () => {
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

test('bootstrap reaches the AWS CDK of the package when no other one is installed', async () => {
  await writeFile(join(folder, 'batchquery.yaml'), '')
  const { code, stdout } = await run(['bootstrap', '--', '--show-template'])
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('StagingBucket') })
})

describe('the command line exits with code 2 before the AWS CDK starts when it gets', () => {
  test.each([
    ['an unknown key', 'stack: { nmae: a }', 'stack.nmae'],
    [
      'an invalid resource id',
      'stack: { databases: { main: { dialect: mysql, host: a, resourceId: b } } }',
      'main',
    ],
    ['a stack that is no object', 'stack: [1]', 'stack'],
    ['invalid YAML', 'stack: {', 'cannot read'],
    ['a size that Fargate does not have', 'stack: { cpu: 300 }', 'stack.cpu: Fargate has no 300 CPU units'],
  ])('%s', async (_, yaml, expected) => {
    await writeFile(join(folder, 'bad.yaml'), yaml)
    const { code, stderr } = await run(['synth', '--config', 'bad.yaml'])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(expected) })
  })

  test.each([[['synth', '--config', 'none.yaml']], [['make']], [['synth', '--quiet']]])('%j', async args => {
    const { code, stderr } = await run(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^batchquery-cdk: /)
  })
})
