import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { BenchError } from '../bench-error.ts'
import { say } from '../talk.ts'
import type { LoopBuild } from './loop-process.ts'

const run = promisify(execFile)
const WORKSPACE = fileURLToPath(new URL('../../..', import.meta.url))
const BUILDS = join(WORKSPACE, '.cache/bench/builds')
/** In a workspace. The program is compiled against the package of the same workspace. */
const PROGRAM = 'bench/dist/programs/loop.js'
const SOURCE = 'bench/src/programs/loop.ts'

/** The build of this workspace by `npm run bench`. */
export const ownBuild = (node: string): LoopBuild => ({
  name: 'this build',
  argv: [node, join(WORKSPACE, PROGRAM)],
})

/**
 * Returns the build to compare with, of a folder that contains a workspace or of a revision of this one. It builds a
 * revision once.
 *
 * @throws BenchError if it does not exist, or has no program for the loops
 */
export async function buildOf(against: string, node: string): Promise<LoopBuild> {
  const folder = existsSync(join(against, 'package.json')) ? resolve(against) : await builtRevision(against)
  const program = join(folder, PROGRAM)
  if (existsSync(program)) return { name: against, argv: [node, program] }
  throw new BenchError(
    `${folder} has no ${PROGRAM}: run there \`npm run build && npx tsc -p bench/tsconfig.programs.json\``,
  )
}

async function builtRevision(revision: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', ['-C', WORKSPACE, ...args])).stdout.trim()
  const commit = await git(
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ).catch(() => {
    throw new BenchError(`--against takes a folder with a workspace, or a revision of git, not ${revision}`)
  })
  const folder = join(BUILDS, commit)
  if (existsSync(folder)) return folder
  await git('cat-file', '-e', `${commit}:${SOURCE}`).catch(() => {
    throw new BenchError(`${revision} has no ${SOURCE}: it is older than the comparison of loops`)
  })
  say(`building ${revision}, ${commit}`)
  const unfinished = `${folder}.${process.pid}`
  try {
    await buildIn(unfinished, commit)
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return folder
}

/** Uses the packages of this workspace, not those of the revision, because the comparison is about the code. */
async function buildIn(folder: string, commit: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const archive = `git -C "$0" archive "$1" | tar --extract --directory "$2"`
  await run('bash', ['-c', `set -o pipefail; ${archive}`, WORKSPACE, commit, folder])
  for (const place of ['', 'packages/batchquery', 'bench']) {
    const packages = join(WORKSPACE, place, 'node_modules')
    if (existsSync(packages)) await symlink(packages, join(folder, place, 'node_modules'))
  }
  const tsc = join(WORKSPACE, 'node_modules/typescript/bin/tsc')
  for (const project of ['packages/batchquery/tsconfig.build.json', 'bench/tsconfig.programs.json'])
    await run(process.execPath, [tsc, '-p', project], { cwd: folder }).catch(
      (error: { readonly stdout?: string }) => {
        throw new BenchError(`${project} of ${commit} cannot be built:\n${error.stdout ?? error}`)
      },
    )
}
