// How long an export of a table takes, beside MariaDB's own client: alternating runs, medians, ratios.
//
//     MYSQL_PWD=... node bench/mysql-text.mjs mysql://user@127.0.0.1:3306/db01 table1 wide
//
// Both read every row over the same connection settings; the runner also hashes, writes to a directory, syncs and
// publishes. Its time is that of the whole process, the export alone stands beside it.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROUNDS = 5
const RUNNER = fileURLToPath(new URL('../packages/batchquery/bin/batchquery-task.js', import.meta.url))
const [url, ...tables] = process.argv.slice(2)
if (url === undefined || tables.length === 0) {
  console.error('usage: MYSQL_PWD=... node bench/mysql-text.mjs URL TABLE...')
  process.exit(2)
}
const { hostname, port, username, pathname } = new URL(url)
const folder = await mkdtemp(join(tmpdir(), 'batchquery-bench-'))

try {
  for (const table of tables) await compare(table)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function compare(table) {
  const times = { runner: [], client: [], export: [] }
  for (let round = 0; round < ROUNDS; round++) {
    const { seconds, exported } = await runRunner(table)
    times.runner.push(seconds)
    times.export.push(exported)
    times.client.push(await runClient(table))
  }
  const [runner, client, exported] = [times.runner, times.client, times.export].map(median)
  console.log(
    `${table}: runner ${runner.toFixed(2)} s (export ${exported.toFixed(2)} s), mariadb --quick --batch ${client.toFixed(2)} s, ` +
      `ratio ${(runner / client).toFixed(2)} (export ${(exported / client).toFixed(2)}), medians of ${ROUNDS}, Node ${process.version}`,
  )
}

async function runRunner(table) {
  const store = join(folder, 'store')
  await mkdir(join(store, 'bench'), { recursive: true })
  const sql = `SELECT * FROM ${table} INTO OUTFILE S3 's3://bench/out/result' OVERWRITE ON`
  await writeFile(join(store, 'bench/task.sql'), sql)
  const environment = {
    ...process.env,
    BATCHQUERY_STORE: store,
    BATCHQUERY_DATABASE: url,
    BATCHQUERY_TALK: 'quiet',
  }
  const seconds = await timed(() =>
    ended(spawn(process.execPath, [RUNNER, 'bench', 'task.sql'], { env: environment })),
  )
  const [run] = (await readdir(join(store, 'bench/runs'))).sort().reverse()
  const record = JSON.parse(await readFile(join(store, 'bench/runs', run, 'run.json'), 'utf8'))
  return { seconds, exported: (Date.parse(record.endedAt) - Date.parse(record.startedAt)) / 1000 }
}

function runClient(table) {
  const login = [`-h${hostname}`, `-P${port || 3306}`, `-u${username}`, '--default-character-set=utf8mb4']
  const args = [
    ...login,
    '--quick',
    '--batch',
    '--skip-column-names',
    pathname.slice(1),
    '-e',
    `SELECT * FROM ${table}`,
  ]
  return timed(async () => {
    const output = await open(join(folder, 'client.tsv'), 'w')
    await ended(spawn('mariadb', args, { stdio: ['ignore', output.fd, 'inherit'] }))
    await output.close()
  })
}

async function timed(action) {
  const started = performance.now()
  await action()
  return (performance.now() - started) / 1000
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))))
  })
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
