// npm runs this in a package's folder before `npm pack` and `npm publish`. It builds the packages if their sources have
// changed, and copies the license, which the repository has once.
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareBuild } from './setup/build.mjs'
import { prepareNodePackages } from './setup/node-packages.mjs'
import { SetupError } from './setup/step.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

try {
  await prepareNodePackages(root)
  await prepareBuild(root)
  await copyFile(join(root, 'LICENSE'), 'LICENSE')
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`pack: ${error.message}`)
  process.exitCode = 1
}
