import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BenchError } from '../bench-error.ts'
import { say } from '../talk.ts'
import { type LoopBuild, LoopProcess } from './loop-process.ts'
import { answerFor, type Loop } from './loops.ts'

export interface LoopSizes {
  readonly rounds: number
  /** How many turns each build has in a round. */
  readonly turns: number
  /** The bytes of the answer that was read. */
  readonly bytes: number
}

/** The measurements of one round. */
export interface LoopSample {
  readonly loop: string
  readonly round: number
  /** What is read in each turn. */
  readonly readBytes: number
  /** CPU seconds by build, in the order of the builds, and by turn. */
  readonly cpuSeconds: readonly (readonly number[])[]
}

/**
 * Measures every loop of every build, with new processes in every round. The processes of a round run at the same time, and take
 * turns of some milliseconds, so other load on the machine affects all of them alike.
 *
 * @throws BenchError if a program fails, or the builds do not write the same bytes
 */
export async function runLoops(
  loops: readonly Loop[],
  builds: readonly LoopBuild[],
  { rounds, turns, bytes }: LoopSizes,
): Promise<readonly LoopSample[]> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-loops-'))
  const input = join(folder, 'answer')
  try {
    const samples: LoopSample[] = []
    for (const loop of loops) {
      const answer = answerFor(loop, bytes)
      await writeFile(input, answer)
      for (let round = 1; round <= rounds; round++) {
        const cpuSeconds = await measureRound(loop, builds, input, turns)
        samples.push({ loop: loop.id, round, readBytes: answer.length * loop.passes, cpuSeconds })
      }
      say(`${loop.id}: ${rounds} rounds`)
    }
    return samples
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureRound(
  loop: Loop,
  builds: readonly LoopBuild[],
  input: string,
  turns: number,
): Promise<number[][]> {
  const processes: LoopProcess[] = []
  try {
    for (const build of builds) processes.push(await LoopProcess.start(build, loop, input))
    expectSameBytes(loop, processes)
    const measured: number[][] = processes.map(() => [])
    const places = [...processes.keys()]
    for (let turn = 0; turn < turns; turn++)
      // a turn leaves the caches to the next one: each goes first as often as the other
      for (const place of turn % 2 === 0 ? places : places.toReversed())
        measured[place].push(await processes[place].turn())
    return measured
  } finally {
    for (const process of processes) process.end()
  }
}

function expectSameBytes({ id }: Loop, processes: readonly LoopProcess[]): void {
  const written = processes.map(
    ({ written: { rows, bytes, sha256 } }) => `${rows} rows, ${bytes} bytes, SHA-256 ${sha256}`,
  )
  if (new Set(written).size > 1)
    throw new BenchError(`${id}: the builds do not write the same: ${written.join('; and ')}`)
}
