import type { RunRecord } from '../../src/run/index.ts'
import type { Finding, Scene } from './checker.ts'
import type { Phase } from './phases.ts'
import { PREFIX } from './shapes.ts'
import type { Stage } from './stage.ts'

/** Reaps a dead run as users do, and checks the whole output. @param phase the phase in which the run died */
export async function reapByCommandLine(
  stage: Stage,
  record: RunRecord | null,
  phase: Phase,
): Promise<Finding[]> {
  const { scene } = stage
  const wrong: string[] = []
  const expect = (isRight: boolean, what: string): void => {
    if (!isRight) wrong.push(what)
  }
  const reap = async (meant: string, ...flags: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await stage.command(['reap', '-q', ...flags])
    expect(code === 0 && stderr === '', `reap ${flags.join(' ')} ends with ${code}: ${stderr}`)
    expect(stdout === meant, `reap ${flags.join(' ')} prints ${stdout} and not ${meant}`)
  }
  if (record?.state === 'RUNNING') {
    const shown = await stage.command(['show', scene.runId, '--json'])
    const { state, dead } = JSON.parse(shown.stdout)
    expect(state === 'RUNNING' && dead === true, `show says ${state}, dead: ${dead}`)
  }
  const { dry, real } = await linesOf(scene, record, phase)
  await reap(dry, '--dry-run')
  await reap(real)
  await reap('')
  return wrong.map(what => ({ kind: 'words', what }))
}

const BEGUN: readonly Phase[] = ['committing', 'before PUBLISHED']

/** The line that reap must print for a run, according to the store. */
async function linesOf({ runId, place, shape }: Scene, record: RunRecord | null, phase: Phase) {
  if (record === null || phase === 'queued' || phase === 'ended') return { dry: '', real: '' }
  const isPublished = phase === 'published'
  const isMarked = (await place.keys('locks/staging/')).length > 0
  const uri = `s3://${place.bucket}/${PREFIX}`
  const state = (BEGUN.includes(phase) || isPublished) && !shape.followed ? 'SUCCEEDED' : 'FAILED'
  const work = BEGUN.includes(phase)
    ? [`completed: ${uri}`]
    : isMarked && !isPublished
      ? [`aborted: ${uri}`]
      : []
  return {
    dry: `${[runId, record.state, ...work.map(words => `would be ${words}`)].join('\t')}\n`,
    real: `${[runId, state, ...work].join('\t')}\n`,
  }
}
