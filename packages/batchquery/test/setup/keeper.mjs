// Keeps one folder and the servers that live in it, for a parent process that may die in any way. When the channel to
// the parent closes (on request, after its end or a kill), this kills the servers and removes the folder. The data is
// disposable, so no server needs an orderly shutdown. This process is detached from the terminal, so Ctrl-C reaches
// it only through the parent.
import { spawn } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'batchquery-test-'))
// Servers that run as another user must reach their part of it.
chmodSync(folder, 0o755)
const servers = new Map()
/** Files elsewhere that are removed with the folder. */
const files = []

process.on('message', ({ file, name, command, args, signal }) => {
  if (file !== undefined) {
    files.push(file)
    return
  }
  const log = openSync(join(folder, `${name}.log`), 'w')
  const server = spawn(command, args, { cwd: folder, stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = new Promise(resolve => {
    server.once('error', error => resolve(error.message))
    server.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  servers.set(server, { signal, ended })
  ended.then(outcome => process.connected && process.send({ ended: name, outcome }))
})

process.once('disconnect', async () => {
  for (const [server, { signal }] of servers) server.kill(signal)
  await Promise.all([...servers.values()].map(({ ended }) => ended))
  for (const file of files) await rm(file, { force: true })
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

process.send({ folder })
