import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { RUNNER } from '../cli/workspace.ts'
import { CONTAINERS_CONF, confinedArguments } from '../image/podman.ts'
import { CODE_CACHE } from '../setup/code-cache.ts'

/** The program in a container of a task definition. */
export type Image =
  /** The runner, started like in the real image. */
  | 'runner'
  /** A program that does not know tasks. */
  | 'another'
  /** There is no such image. */
  | 'missing'
  /** The image lacks the program that it must start. */
  | 'broken'
  /** A real image, run by podman, with these files of this machine. */
  | { readonly name: string; readonly files: readonly string[] }

export interface Ended {
  /** Null if it never ran. */
  readonly exitCode: number | null
  readonly reason: string | null
}

export interface Started {
  readonly image: Exclude<Image, 'missing'>
  readonly name: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** CPU units and MiB. Only a real image is limited to them. */
  readonly size: { readonly cpu: number; readonly memory: number }
  /** Its working folder. A real image has its own. */
  readonly folder: string
}

/** A container. Unless the image is real, it is a child process, whose lines are its log. */
export class Container {
  readonly #child: ChildProcess
  /** Its name in podman. Null for a child process. */
  readonly #name: string | null
  readonly ended: Promise<Ended>
  #killedFor: string | null = null

  private constructor(child: ChildProcess, folder: string, name: string | null) {
    this.#child = child
    this.#name = name
    this.ended = new Promise(resolve => {
      child.once('error', error =>
        resolve({ exitCode: null, reason: `CannotStartContainerError: ${error.message} in ${folder}` }),
      )
      child.once('close', (code, signal) =>
        resolve({ exitCode: code ?? (signal === 'SIGKILL' ? 137 : 143), reason: this.#killedFor }),
      )
    })
  }

  /** @param line called with each line that it writes */
  static start(started: Started, line: (text: string) => void): Container {
    const { image, name, environment, folder } = started
    const isReal = typeof image === 'object'
    const [program = '', ...args] = commandOf(started)
    // None of our own environment, which a container does not have.
    const env = {
      ...{ PATH: process.env.PATH ?? '', HOME: folder, ...CODE_CACHE },
      ...(isReal && { CONTAINERS_CONF }),
      ...environment,
    }
    const child = spawn(program, args, {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', line)
    return new Container(child, folder, isReal ? name : null)
  }

  /** Sends SIGTERM to the init process of the container, which is the runner. */
  terminate(): void {
    this.#child.kill('SIGTERM')
  }

  /** Ends all of its processes. @param reason as the container's reason */
  kill(reason: string | null = null): void {
    this.#killedFor = reason
    const { pid, exitCode, signalCode } = this.#child
    if (this.#name !== null) {
      // No program passes a SIGKILL on.
      spawn('podman', ['kill', this.#name], { stdio: 'ignore', env: { ...process.env, CONTAINERS_CONF } })
      return
    }
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
  }

  /** Stops it silently, like a machine that hangs. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }
}

function commandOf({ image, name, command, environment, size, folder }: Started): readonly string[] {
  if (typeof image === 'object') {
    const variables = Object.keys(environment)
    return [
      'podman',
      ...confinedArguments({ ...size, image: image.name, files: image.files, name, command, variables }),
    ]
  }
  const programs = {
    runner: [process.execPath, RUNNER, ...command],
    another: ['sh', '-c', 'echo "another: no such script: $1"; exit 127', 'sh', ...command],
    broken: [`${folder}/no-such-program`],
  }
  return programs[image]
}
