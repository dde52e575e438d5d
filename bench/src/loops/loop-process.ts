import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { BenchError } from '../bench-error.ts'
import type { LoopReport, LoopTurn } from '../programs/loop.ts'
import type { Loop } from './loops.ts'

/** A build that runs the program `loop`. */
export interface LoopBuild {
  readonly name: string
  /** The command without the options of the program. */
  readonly argv: readonly [string, ...string[]]
}

/** A process that waits, warm, for its next turn. It ends with its input, so at the latest with this process. */
export class LoopProcess {
  /** The report of its output, which is the same in each pass. */
  readonly written: LoopReport
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, written: LoopReport) {
    this.#child = child
    this.#lines = lines
    this.written = written
  }

  /** @throws BenchError if it fails, with the end of its output */
  static async start(
    { argv }: LoopBuild,
    { dialect, format, passes }: Loop,
    input: string,
  ): Promise<LoopProcess> {
    const options = { dialect, format, input, passes: String(passes) }
    const [program, ...args] = argv
    const words = Object.entries(options).map(([option, value]) => `--${option}=${value}`)
    const child = spawn(program, [...args, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const written: LoopReport = JSON.parse(await nextLine(lines, argv))
    return new LoopProcess(child, lines, written)
  }

  /** The CPU seconds of one turn. */
  async turn(): Promise<number> {
    this.#child.stdin?.write('\n')
    const { cpuSeconds }: LoopTurn = JSON.parse(await nextLine(this.#lines, this.#child.spawnargs))
    return cpuSeconds
  }

  end(): void {
    this.#child.stdin?.end()
  }
}

async function nextLine(lines: AsyncIterator<string>, argv: readonly string[]): Promise<string> {
  const { value, done } = await lines.next()
  if (done) throw new BenchError(`${argv.join(' ')}\nended before it had measured`)
  return value
}
