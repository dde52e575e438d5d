// Makes a fresh clone ready: run by npm before `npm run demo` and (with --test) before `npm test`.
// Plain JavaScript without dependencies, because it runs before `npm install`.
import { fileURLToPath } from 'node:url'
import { prepareBuild } from './setup/build.mjs'
import { prepareDebianPackages } from './setup/debian-packages.mjs'
import { prepareNewerNode } from './setup/newer-node.mjs'
import { prepareNodePackages } from './setup/node-packages.mjs'
import { checkNodeVersion } from './setup/node-version.mjs'
import { SetupError } from './setup/step.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

try {
  checkNodeVersion(process.versions.node)
  await prepareNodePackages(root)
  await prepareBuild(root)
  if (process.argv.includes('--test')) {
    await prepareDebianPackages(root)
    await prepareNewerNode(root)
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`\nset-up: ${error.message}`)
  process.exitCode = 1
}
