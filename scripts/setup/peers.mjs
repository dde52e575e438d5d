import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { prepareServers, serverFolder } from './servers.mjs'
import { SetupError, say } from './step.mjs'
import { installWitness, PIP } from './witnesses.mjs'

/** The folder of the files that name the versions. */
const VERSIONS = 'scripts/setup/witnesses'

/**
 * Programs of others that write Parquet files from a database, for `npm run bench -- --peers`. They are tools of the
 * benchmark and no dependencies. Their licenses: DuckDB, ConnectorX, rivet and odbc2parquet MIT, pyarrow Apache 2.0,
 * the ODBC drivers LGPL, Sling GPL 3.
 */
const PEERS = [
  {
    name: 'peers',
    what: 'ConnectorX and DuckDB with its extensions (560 MB)',
    versions: 'peers.txt',
    ...PIP,
  },
  { name: 'rivet', what: 'rivet (60 MB)', versions: 'rivet.txt', ...PIP },
  { name: 'sling', what: 'Sling (360 MB)', versions: 'sling.txt', ...PIP },
  {
    name: 'odbc2parquet',
    what: 'odbc2parquet and the ODBC drivers (a build of 2 to 10 minutes)',
    versions: 'build-odbc2parquet.sh',
    command: 'sh',
    argsFor: (file, folder) => [file, folder],
  },
]

/** A database that Debian does not have. rivet does not work with MariaDB. */
const MYSQL = 'mysql-8.0'

/** The folders of the installed programs, and why others are missing. `npm run bench -- --peers` reads it. */
const FOUND = '.cache/witnesses/peers.json'

/** Installs the programs that are missing. One that cannot be installed here is left out, with the reason. */
export async function preparePeers(root) {
  const found = {}
  for (const peer of PEERS)
    found[peer.name] = await attempt(peer.name, () =>
      installWitness(root, { ...peer, versions: `${VERSIONS}/${peer.versions}` }),
    )
  found.mysql = await attempt('MySQL', async () => {
    await prepareServers(root, [MYSQL])
    return serverFolder(MYSQL)
  })
  await mkdir(join(root, FOUND, '..'), { recursive: true })
  await writeFile(join(root, FOUND), `${JSON.stringify(found, null, 1)}\n`)
}

/** @param install returns a folder */
async function attempt(name, install) {
  try {
    return { folder: await install() }
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(`leaving out ${name}: ${error.message}`)
    return { leftOut: lastLine(error.message) }
  }
}

/** The last line that a failed command printed. The line after it names the command. */
function lastLine(message) {
  const lines = message.split('\n').filter(line => line.trim() !== '')
  return (lines.at(-2) ?? lines[0] ?? message).trim()
}
