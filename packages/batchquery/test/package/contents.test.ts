import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { PackageName } from './global-setup.ts'

const ROOT = join(import.meta.dirname, '../../../..')

interface Contents {
  readonly files: readonly string[]
  read(file: string): Promise<string>
  isExecutable(file: string): Promise<boolean>
}

async function unpack(name: PackageName): Promise<Contents> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-contents-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await execa('tar', ['-xzf', inject('tarballs')[name], '-C', folder, '--strip-components=1'])
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return {
    files: entries
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort(),
    read: file => readFile(join(folder, file), 'utf8'),
    isExecutable: async file => ((await stat(join(folder, file))).mode & 0o111) === 0o111,
  }
}

/** The files of a package that are not compiled code or manual pages. */
const PLAIN_FILES: Readonly<Record<PackageName, readonly string[]>> = {
  batchquery: [
    'LICENSE',
    'README.md',
    'bin/batchquery-task.js',
    'bin/batchquery.js',
    'bin/package.json',
    'dist/programs/THIRD-PARTY-NOTICES.txt',
    'dist/programs/library.d.mts',
    'dist/programs/library.mjs',
    'dist/programs/package.json',
    'package.json',
  ],
  'batchquery-cdk': ['LICENSE', 'README.md', 'bin/batchquery-cdk.js', 'package.json'],
}

const COMPILED: Readonly<Record<PackageName, RegExp>> = {
  batchquery:
    /^dist\/(?:programs\/[\w-]+\.js|programs\/console\/[\w-]+\.(?:css|html|js)|manual\/[\w-]+\.txt)$/,
  'batchquery-cdk': /^dist\/(?:(?:app|construct|databases|rules)\/)?[\w-]+\.(?:js|d\.ts)$/,
}

const PACKAGES: readonly PackageName[] = ['batchquery', 'batchquery-cdk']

test.for(PACKAGES)('%s contains its programs, a README, the license, and nothing else', async name => {
  const { files, read, isExecutable } = await unpack(name)
  expect(files.filter(file => !COMPILED[name].test(file))).toEqual(PLAIN_FILES[name])
  expect(await read('LICENSE')).toBe(await readFile(join(ROOT, 'LICENSE'), 'utf8'))
  const manifest = JSON.parse(await read('package.json'))
  for (const program of Object.values<string>(manifest.bin)) expect(await isExecutable(program)).toBe(true)
  for (const path of Object.values<string>(manifest.exports['.'])) expect(files).toContain(path.slice(2))
})

// `npx TARBALL` unpacks the tarball three times before it runs the program, so each file delays the start.
test('batchquery is less than 240 files', async () => {
  const { files } = await unpack('batchquery')
  expect(files.length).toBeLessThan(240)
})

test.for(PACKAGES)('%s contains no path of this machine', async name => {
  const { files, read } = await unpack(name)
  const texts = await Promise.all(files.map(async file => ({ file, text: await read(file) })))
  expect(texts.filter(({ text }) => text.includes(ROOT) || text.includes(`${homedir()}/`))).toEqual([])
})

test.for(PACKAGES)('%s says on its page what it is', async name => {
  const { read } = await unpack(name)
  const manifest = JSON.parse(await read('package.json'))
  expect(manifest).toMatchObject({
    description: expect.stringMatching(/^[A-Z].{20,}/),
    license: 'MIT',
    keywords: expect.arrayContaining(['sql', 'fargate', 'aurora']),
    engines: { node: '>=20.19' },
    publishConfig: { access: 'public', provenance: true },
  })
  const readme = await read('README.md')
  expect(readme).toMatch(new RegExp(`^# ${name}\n`))
  // The page of a registry is in no folder of the repository, so a relative link leads nowhere.
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, address = '']) => address)
  expect(links.filter(address => !/^(?:https:|#)/.test(address))).toEqual([])
})
