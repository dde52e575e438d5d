import type { Sample } from './record.ts'

/** Reports progress on stderr. */
export function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`)
}

/** One measurement in one line. */
export function sayMeasured(done: number, all: number, sample: Sample): void {
  const { scenario, node, subject, round, seconds, cpuSeconds, peakMegabytes } = sample
  const under = node === null ? '' : ` (Node ${node.split('.')[0]})`
  const figures = `${seconds.toFixed(3)} s, CPU ${cpuSeconds.toFixed(2)} s, ${peakMegabytes.toFixed(0)} MB`
  say(`${done}/${all} ${subject} round ${round}: ${scenario}${under} ${figures}`)
}
