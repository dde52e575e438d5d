import type { BenchRecord, RecordedScenario, RecordedSubject, Sample } from '../record.ts'
import { median, quotient } from '../statistics.ts'

/** Medians of the measurements of a run. */
export class Figures {
  readonly record: BenchRecord

  constructor(record: BenchRecord) {
    this.record = record
  }

  /** @param node null for the other programs */
  samples(scenario: string, node: string | null, subject: string): readonly Sample[] {
    return this.record.samples.filter(
      sample => sample.scenario === scenario && sample.node === node && sample.subject === subject,
    )
  }

  /** Null if it was not measured. */
  median(
    scenario: string,
    node: string | null,
    subject: string,
    figure: (sample: Sample) => number | null,
  ): number | null {
    const known = this.samples(scenario, node, subject).map(figure)
    return median(known.filter(value => value !== null))
  }

  seconds(scenario: string, node: string | null, subject: string): number | null {
    return this.median(scenario, node, subject, sample => sample.seconds)
  }

  /** User and system time per GB of the result as TEXT. */
  cpuPerGb(scenario: string, node: string | null, subject: string): number | null {
    const seconds = this.median(scenario, node, subject, sample => sample.cpuSeconds)
    return quotient(seconds, this.gigabytes(subject))
  }

  megabytesPerSecond(scenario: string, node: string | null, subject: string): number | null {
    const gigabytes = this.gigabytes(subject)
    return quotient(gigabytes === null ? null : gigabytes * 1000, this.seconds(scenario, node, subject))
  }

  subject(id: string): RecordedSubject | null {
    return this.record.subjects.find(subject => subject.id === id) ?? null
  }

  /** The title of a scenario, or its id if the run does not have it. */
  titleOf(scenario: string): string {
    return this.record.scenarios.find(({ id }) => id === scenario)?.title ?? scenario
  }

  /** The scenarios of a family that exported a subject. */
  scenariosOf(family: RecordedScenario['family'], subject: string): readonly RecordedScenario[] {
    return this.record.scenarios.filter(
      scenario => scenario.family === family && this.samples(scenario.id, scenario.node, subject).length > 0,
    )
  }

  gigabytes(subject: string): number | null {
    const bytes = this.subject(subject)?.textBytes
    return bytes === undefined ? null : bytes / 1e9
  }
}
