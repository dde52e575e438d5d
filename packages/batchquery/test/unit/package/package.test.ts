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
  expect(manifest.dependencies).toEqual({ '@duckdb/node-api': '1.5.6-r.1', esbuild: '0.28.2' })
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
    expect(await readFile(file, 'utf8')).toMatch(
      /^#!\/bin\/sh\n\/\/bin\/sh -c : ;.*exec node -- "\$0" "\$@"\n/,
    )
  }
  expect(manifest.files).toEqual(['bin', 'dist/manual', 'dist/programs', '!dist/programs/*.map'])
})

test('the lockfile leaves the choice of the registry to the machine', () => {
  const addresses = Object.values(lock.packages).flatMap(({ link, resolved }) =>
    link ? [] : (resolved ?? []),
  )
  expect(addresses).toEqual([])
})
