import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PATIENCE_MS } from './patience.ts'

const run = promisify(execFile)

/** A temporary folder and the servers in it. All of it is removed when this process ends, however it ends. */
export class ServerFolder {
  readonly path: string
  readonly #keeper: ChildProcess
  readonly #ended = new Map<string, string>()

  private constructor(path: string, keeper: ChildProcess) {
    this.path = path
    this.#keeper = keeper
    keeper.on('message', (message: { ended: string; outcome: string }) => {
      this.#ended.set(message.ended, message.outcome)
    })
  }

  static async create(): Promise<ServerFolder> {
    // The PATH of a user who is not root often lacks the folders of the servers.
    const PATH = [process.env.PATH, '/usr/local/sbin', '/usr/sbin'].join(delimiter)
    const keeper = fork(new URL('./keeper.mjs', import.meta.url), {
      detached: true,
      execArgv: [],
      env: { ...process.env, PATH },
    })
    return new Promise((resolve, reject) => {
      keeper.once('error', reject)
      keeper.once('exit', code => reject(new Error(`test setup: the keeper ended with exit code ${code}`)))
      keeper.once('message', (message: { folder: string }) =>
        resolve(new ServerFolder(message.folder, keeper)),
      )
    })
  }

  /**
   * Starts a server in the foreground of the keeper. Its output goes to `<name>.log` in the folder.
   *
   * @param signal the signal that ends it later, at once
   */
  start(name: string, command: string, args: string[], signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#keeper.send({ name, command, args, signal })
  }

  /** Also removes this file, which must be elsewhere, when the folder is removed. */
  removeToo(file: string): void {
    this.#keeper.send({ file })
  }

  /** Resolves once `probe` no longer rejects. Rejects when the server ends, or is not ready in time. */
  async waitUntilReady(name: string, probe: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const refusal = await probe().then(
        () => undefined,
        (error: unknown) => error,
      )
      if (refusal === undefined) return
      const outcome = this.#ended.get(name)
      if (outcome !== undefined) throw await this.#failure(`${name} ended (${outcome})`, name, refusal)
      if (Date.now() > deadline)
        throw await this.#failure(`${name} is not ready after ${PATIENCE_MS / 1000} s`, name, refusal)
      await sleep(50)
    }
  }

  async #failure(what: string, name: string, cause: unknown): Promise<Error> {
    const log = await readFile(join(this.path, `${name}.log`), 'utf8').catch(() => '(no log)')
    return new Error(`test setup: ${what}. The end of its log:\n${log.slice(-4_000)}`, { cause })
  }

  /** Changes the owner of files to the user that a server runs as. Only root can do this, and only root must. */
  async giveTo(user: string, ...paths: string[]): Promise<void> {
    if (process.getuid?.() === 0) await run('chown', ['-R', `${user}:`, ...paths])
  }

  async close(): Promise<void> {
    const exited = once(this.#keeper, 'exit')
    this.#keeper.disconnect()
    await exited
  }
}

/** A TCP port of the loopback interface that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return address.port
}
