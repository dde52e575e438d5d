import type { Finding } from './checker.ts'
import { databaseTrial } from './database-faults.ts'
import { killTrial, parallelKillTrial } from './kills.ts'
import { Measurements } from './measure.ts'
import { PHASES } from './phases.ts'
import { signalTrial } from './signals.ts'
import { storeTrial } from './store-faults.ts'
import { type Outcome, runTrial, type Trial } from './trial.ts'
import { type Servers, World } from './world.ts'

export const FAMILIES = {
  kill: killTrial,
  parallel: parallelKillTrial,
  signal: signalTrial,
  database: databaseTrial,
  store: storeTrial,
} as const
export type Family = keyof typeof FAMILIES

/** The first trials of a family. */
export const trialsOf = (family: Family, seed: number, count: number): Trial[] =>
  Array.from({ length: count }, (_, number) => FAMILIES[family](seed, number))

/** Runs trials, several in parallel, and counts their outcomes. Vitest and the soak use it. */
export class Campaign {
  readonly outcomes: Outcome[] = []
  readonly #world: World
  readonly #measurements: Measurements
  readonly #free: number[]
  readonly #waiting: ((slot: number) => void)[] = []
  readonly #startedAt = performance.now()

  private constructor(world: World, slots: number) {
    this.#world = world
    this.#measurements = new Measurements(world)
    this.#free = Array.from({ length: slots }, (_, slot) => slot)
  }

  /** @param slots how many trials may run at once */
  static async open(servers: Servers, slots: number): Promise<Campaign> {
    return new Campaign(await World.create(servers, slots), slots)
  }

  async run(trial: Trial): Promise<Outcome> {
    const slot = this.#free.pop() ?? (await new Promise<number>(resolve => this.#waiting.push(resolve)))
    try {
      const outcome = await runTrial(this.#world, this.#measurements, slot, trial)
      this.outcomes.push(outcome)
      return outcome
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(slot)
      else next(slot)
    }
  }

  /** A summary to read: the kills, faults and findings, the phases that the kills hit, the time. */
  summary(): string {
    const { outcomes } = this
    const kills = outcomes.filter(
      ({ trial, phase }) => (trial.family === 'kill' || trial.family === 'parallel') && phase !== null,
    )
    const faults = outcomes.filter(({ trial: { family } }) => family === 'database' || family === 'store')
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000)
    const killsIn = PHASES.map(phase => `  ${phase}: ${kills.filter(kill => kill.phase === phase).length}`)
    return [
      `${outcomes.length} runs: ${kills.length} kills, ${faults.length} faults, ${seconds} s`,
      `found: ${counted(outcomes.flatMap(({ findings }) => findings.map(({ kind }) => kind)))}`,
      `ends: ${counted(outcomes.map(({ end }) => end))}`,
      'phases that the kills hit:',
      ...killsIn,
    ].join('\n')
  }

  close(): Promise<void> {
    return this.#world.close()
  }
}

export const describeFinding = ({ kind, what }: Finding): string => `${kind}: ${what}`

function counted(words: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ') || 'nothing'
}
