// Makes a fresh clone ready: run by npm before `npm run demo`, (with --test) before `npm test` and (with --bench) before
// `npm run bench`.
// Plain JavaScript without dependencies, because it runs before `npm install`.
import { fileURLToPath } from 'node:url'
import { prepareBenchPrograms, prepareBuild } from './setup/build.mjs'
import { prepareDebianPackages } from './setup/debian-packages.mjs'
import { prepareNewerNode } from './setup/newer-node.mjs'
import { prepareNodePackages } from './setup/node-packages.mjs'
import { checkNodeVersion } from './setup/node-version.mjs'
import { preparePamScript } from './setup/pam-script.mjs'
import { SetupError } from './setup/step.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

try {
  checkNodeVersion(process.versions.node)
  await prepareNodePackages(root)
  await prepareBuild(root)
  const purpose = process.argv.includes('--bench') ? 'bench' : process.argv.includes('--test') ? 'test' : null
  if (purpose !== null) {
    await prepareDebianPackages(root, purpose)
    await prepareNewerNode(root)
    await preparePamScript(root)
  }
  if (purpose === 'bench') await prepareBenchPrograms(root)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`\nset-up: ${error.message}`)
  process.exitCode = 1
}
