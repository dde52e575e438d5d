import type { Bench } from './bench.ts'
import type { Step } from './plan.ts'
import type { Sample } from './record.ts'
import type { Subject } from './subject.ts'

/** Called after each measurement. */
export type StepListener = (done: number, sample: Sample) => void

/** Makes the measurements one after the other. The first that fails ends it. */
export async function runSteps(
  bench: Bench,
  steps: readonly Step[],
  subjects: readonly Subject[],
  listener: StepListener,
): Promise<readonly Sample[]> {
  const byId = new Map(subjects.map(subject => [subject.id, subject]))
  const samples: Sample[] = []
  for (const { scenario, subject: id, round } of steps) {
    const subject = byId.get(id)
    if (subject === undefined) throw new Error(`there is no subject ${id}`)
    const measurement = await scenario.run(bench, subject)
    const sample = { scenario: scenario.id, node: scenario.node, subject: id, round, ...measurement }
    samples.push(sample)
    listener(samples.length, sample)
  }
  return samples
}
