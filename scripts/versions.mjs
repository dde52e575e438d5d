// npm run test:versions [-- NAME...]: the tests of the databases, on servers of versions that Debian does not have,
// which it fetches first. Without a name: on all of them.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SERVERS, serverFolder } from './setup/servers.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const chosen = process.argv.slice(2)
const names = chosen.length > 0 ? chosen : Object.keys(SERVERS)

const run = (...command) => spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status ?? 1

process.exitCode = run('scripts/setup.mjs', '--versions', ...names)
if (process.exitCode === 0)
  process.exitCode = run(
    'node_modules/tsx/dist/cli.mjs',
    'packages/batchquery/test/versions/main.ts',
    ...names.map(name => `${name}=${serverFolder(name)}`),
  )
