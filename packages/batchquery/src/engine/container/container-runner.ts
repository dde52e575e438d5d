import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ContainerProgram } from '../../config/index.ts'
import type { RunRecord } from '../../run/index.ts'
import type { LostRunner, StartedRunner, StartOptions } from '../engine.ts'
import { explainEnd } from './why-ended.ts'

const LAST_LINES = 20

export interface RunningContainer {
  readonly program: ContainerProgram
  readonly name: string
  readonly settings: { readonly image: string; readonly memory?: number | undefined }
  readonly stdout: StartOptions['stdout']
}

/** A started container. The program that started it runs until the container ends, and passes signals on. */
export class ContainerRunner implements StartedRunner {
  readonly exitCode: Promise<number>
  readonly #child: ChildProcess
  readonly #container: RunningContainer
  readonly #lastLines: string[] = []
  #ended = 0

  constructor(child: ChildProcess, container: RunningContainer) {
    this.#child = child
    this.#container = container
    passOn(child.stdout, container.stdout === 'stdout' ? process.stdout : process.stderr)
    passOn(child.stderr, process.stderr)
    if (child.stderr) createInterface({ input: child.stderr }).on('line', line => this.#keep(line))
    this.exitCode = new Promise(resolve => {
      // `close` comes after `exit`: all output must be read before the end is reported.
      child.once('close', (code, signal) => {
        this.#ended = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
        resolve(this.#ended)
      })
    })
  }

  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.#child.kill(name)
  }

  /** No program can pass SIGKILL on, so another one kills the container. If there is no container yet, the program itself is killed. */
  kill(): void {
    const { program, name } = this.#container
    spawn(program, ['kill', name], { stdio: 'ignore', detached: true })
      .on('error', () => this.#child.kill('SIGKILL'))
      .on('exit', code => code === 0 || this.#child.kill('SIGKILL'))
      .unref()
  }

  async explain(record: RunRecord): Promise<LostRunner> {
    return {
      error: explainEnd(record, this.#ended, this.#lastLines, this.#container.settings),
      lastLines: [],
    }
  }

  #keep(line: string): void {
    if (line.trim() === '') return
    this.#lastLines.push(line)
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift()
  }
}

/** The reader of our output may close it. Then the rest is dropped, and the container continues. */
function passOn(source: Readable | null, target: Writable): void {
  if (source === null) return
  source.pipe(target, { end: false })
  target.once('error', () => source.resume())
}
