// Makes a fresh clone ready: run by npm before `npm run demo` and `npm run image`, with --test before `npm test`, with --bench
// before `npm run bench`, with --image before `npm run test:image` and `npm run bench:image`.
// Plain JavaScript without dependencies, because it runs before `npm install`.
import { fileURLToPath } from 'node:url'
import { prepareBenchPrograms, prepareBuild } from './setup/build.mjs'
import { prepareDebianPackages } from './setup/debian-packages.mjs'
import { prepareImages } from './setup/image.mjs'
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
  const purpose = ['test', 'bench', 'image'].find(name => process.argv.includes(`--${name}`)) ?? null
  if (purpose !== null) {
    await prepareDebianPackages(root, purpose)
    await prepareNewerNode(root)
    await preparePamScript(root)
  }
  if (purpose === 'bench') await prepareBenchPrograms(root)
  if (purpose === 'image') await prepareImages(root)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`\nset-up: ${error.message}`)
  process.exitCode = 1
}
