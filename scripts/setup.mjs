// Prepares a fresh clone. npm runs it before `npm run demo` and `npm run image`, with --test before `npm test`, with
// --bench before `npm run bench`, with --image before `npm run test:image` and `npm run bench:image`, with --witnesses
// before `npm run test:witnesses`, with --package before `npm run test:package`, with --peers by `npm run bench --
// --peers`, with --site before `npm run docs:site` and `npm run test:site`, with --versions [NAME...] by `npm run
// test:versions`. Plain JavaScript without dependencies, because it runs before `npm install`.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareBenchPrograms, prepareBuild } from './setup/build.mjs'
import { prepareDebianPackages } from './setup/debian-packages.mjs'
import { prepareImages } from './setup/image.mjs'
import { prepareNodePackages } from './setup/node-packages.mjs'
import { checkNodeVersion } from './setup/node-version.mjs'
import { otherMajors, prepareNodes } from './setup/nodes.mjs'
import { preparePamScript } from './setup/pam-script.mjs'
import { preparePeers } from './setup/peers.mjs'
import { prepareServers, SERVERS } from './setup/servers.mjs'
import { SetupError } from './setup/step.mjs'
import { prepareWitnesses } from './setup/witnesses.mjs'

const PURPOSES = ['test', 'bench', 'image', 'versions', 'witnesses', 'peers', 'package', 'site']
const root = fileURLToPath(new URL('..', import.meta.url))

function chosenServers() {
  const names = process.argv.slice(2).filter(word => !word.startsWith('-'))
  const unknown = names.filter(name => !Object.hasOwn(SERVERS, name))
  if (unknown.length > 0)
    throw new SetupError(
      `there is no server ${unknown.join(', ')}. There are ${Object.keys(SERVERS).join(', ')}`,
    )
  return names.length > 0 ? names : Object.keys(SERVERS)
}

try {
  checkNodeVersion(process.versions.node)
  await prepareNodePackages(root)
  await prepareBuild(root)
  const purpose = PURPOSES.find(name => process.argv.includes(`--${name}`))
  if (purpose === 'package') await prepareNodes(root, otherMajors())
  else if (purpose !== undefined) {
    await prepareDebianPackages(root, purpose)
    await prepareNodes(root, [24])
    await preparePamScript(root)
  }
  if (purpose === 'site') await prepareNodePackages(join(root, 'site'))
  if (purpose === 'bench') await prepareBenchPrograms(root)
  if (purpose === 'image') await prepareImages(root)
  if (purpose === 'peers') await preparePeers(root)
  if (purpose === 'witnesses') {
    await prepareWitnesses(root)
    // It has every type of MySQL.
    await prepareServers(root, ['mysql-9.7'])
  }
  if (purpose === 'versions') await prepareServers(root, chosenServers())
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`\nsetup: ${error.message}`)
  process.exitCode = 1
}
