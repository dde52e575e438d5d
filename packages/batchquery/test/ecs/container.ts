import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { RUNNER } from '../cli/workspace.ts'

/** What a container of a task definition runs. */
export type Image =
  /** The runner, as the real image starts it. */
  | 'runner'
  /** A program that knows nothing of a task. */
  | 'another'
  /** There is no such image. */
  | 'missing'
  /** The image lacks the program that it is to start. */
  | 'broken'

export interface Ended {
  /** Null where it never ran. */
  readonly exitCode: number | null
  readonly reason: string | null
}

/** A container: in truth a child process, whose lines are its log. */
export class Container {
  readonly #child: ChildProcess
  readonly ended: Promise<Ended>
  #killedFor: string | null = null

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child
    this.ended = new Promise(resolve => {
      child.once('error', error =>
        resolve({ exitCode: null, reason: `CannotStartContainerError: ${error.message} in ${folder}` }),
      )
      child.once('close', (code, signal) =>
        resolve({ exitCode: code ?? (signal === 'SIGKILL' ? 137 : 143), reason: this.#killedFor }),
      )
    })
  }

  /**
   * @param line gets each line that it writes
   * @param folder its working folder
   */
  static start(
    image: Exclude<Image, 'missing'>,
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    folder: string,
    line: (text: string) => void,
  ): Container {
    const programs = {
      runner: [process.execPath, RUNNER, ...command],
      another: ['sh', '-c', 'echo "another: no such script: $1"; exit 127', 'sh', ...command],
      broken: [`${folder}/no-such-program`],
    }
    const [program = '', ...args] = programs[image]
    // Nothing of our own environment: a container has none of it.
    const env = { PATH: process.env.PATH ?? '', HOME: folder, ...environment }
    const child = spawn(program, args, {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', line)
    return new Container(child, folder)
  }

  /** To the init process of the container, which is the runner. */
  terminate(): void {
    this.#child.kill('SIGTERM')
  }

  /** Ends all that is in it. @param reason as the container's reason */
  kill(reason: string | null = null): void {
    this.#killedFor = reason
    const { pid, exitCode, signalCode } = this.#child
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
  }

  /** Stops it without a word, as a machine that hangs. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }
}
