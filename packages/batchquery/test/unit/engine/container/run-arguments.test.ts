import { expect, test } from 'vitest'
import { type ContainerParts, runArguments } from '../../../../src/engine/container/run-arguments.ts'

const run = {
  id: 'r1',
  task: { bucket: 'b', key: 'script/a.sql', sha256: null, versionId: null },
  args: ['--full', 'x y'],
}
const parts: ContainerParts = {
  program: 'docker',
  settings: { image: 'batchquery:latest' },
  name: 'batchquery-0a',
  surroundings: { variables: {}, mounts: [], needsLoopback: false },
  variables: ['MYSQL_PWD', 'BATCHQUERY_STORE'],
  ids: { user: 1001, group: 1002 },
}

const mount = (source: string, isWritable = false) => ({ source, target: source, isWritable })
/** The values after each `name`. */
const valuesOf = (name: string, args: readonly string[]) =>
  args.flatMap((arg, at) => (arg === name ? [args[at + 1]] : []))

test('a container has the least rights, and is removed when it ends', () => {
  expect(runArguments(run, parts)).toEqual([
    ...[
      'run',
      '--rm',
      '--name',
      'batchquery-0a',
      '--hostname',
      'batchquery-0a',
      '--label',
      'batchquery.run=r1',
    ],
    ...['--pull', 'never', '--log-driver', 'none', '--read-only', '--cap-drop', 'all'],
    ...['--security-opt', 'no-new-privileges', '--user', '1001:1002'],
    ...['--env', 'MYSQL_PWD', '--env', 'BATCHQUERY_STORE'],
    ...['batchquery:latest', 'b', 'script/a.sql', '--full', 'x y'],
  ])
})

test('an image of a registry is pulled when it is missing, an image with a short name never', () => {
  const args = (image: string) => runArguments(run, { ...parts, settings: { image } })
  expect(valuesOf('--pull', args('123456789012.dkr.ecr.us-east-1.amazonaws.com/batchquery:latest'))).toEqual([
    'missing',
  ])
  expect(valuesOf('--pull', args('batchquery'))).toEqual(['never'])
})

test('a container has the configured CPU and memory, and no swap', () => {
  const args = runArguments(run, { ...parts, settings: { image: 'i', cpu: 256, memory: 512 } })
  expect(args.join(' ')).toContain('--cpus 0.25 --memory 512m --memory-swap 512m')
})

test('a container has the configured network, or this machine’s when something is on its loopback', () => {
  const network = (settings: { network?: string }, needsLoopback: boolean) =>
    valuesOf(
      '--network',
      runArguments(run, {
        ...parts,
        settings: { image: 'i', ...settings },
        surroundings: { ...parts.surroundings, needsLoopback },
      }),
    )
  expect(network({}, false)).toEqual([])
  expect(network({}, true)).toEqual(['host'])
  expect(network({ network: 'databases' }, true)).toEqual(['databases'])
})

test('rootless podman keeps our own user number', () => {
  expect(valuesOf('--userns', runArguments(run, { ...parts, program: 'podman' }))).toEqual(['keep-id'])
  const asRoot = runArguments(run, { ...parts, program: 'podman', ids: { user: 0, group: 0 } })
  expect(valuesOf('--userns', asRoot)).toEqual([])
  expect(valuesOf('--user', runArguments(run, { ...parts, ids: null }))).toEqual([])
})

test('files keep their paths, also with commas and quotes', () => {
  const mounts = [mount('/a b/ca.pem'), mount('/with,comma/"x"'), mount('/store', true)]
  const args = runArguments(run, { ...parts, surroundings: { ...parts.surroundings, mounts } })
  expect(valuesOf('--mount', args)).toEqual([
    'type=bind,source=/a b/ca.pem,target=/a b/ca.pem,readonly',
    'type=bind,"source=/with,comma/""x""","target=/with,comma/""x""",readonly',
    'type=bind,source=/store,target=/store',
  ])
  expect(valuesOf('--security-opt', args)).toContain('label=disable')
})
