import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as v from 'valibot'
import type { ContainerProgram } from '../../config/index.ts'

const run = promisify(execFile)

/** Docker omits empty parts, or writes null. */
const config = v.object({
  Entrypoint: v.optional(v.nullable(v.array(v.string())), null),
  Labels: v.optional(v.nullable(v.record(v.string(), v.string())), null),
})
const answer = v.pipe(v.string(), v.parseJson(), config)

export interface ImageOnThisMachine {
  /** The version of batchquery; null if the labels do not contain it. */
  readonly version: string | null
  /** Whether its ENTRYPOINT starts the runner. */
  readonly startsRunner: boolean
}

/** Null if the image is not on this machine. */
export async function lookForImage(
  program: ContainerProgram,
  image: string,
  env: NodeJS.ProcessEnv,
): Promise<ImageOnThisMachine | null> {
  const args = ['image', 'inspect', '--format', '{{json .Config}}', image]
  const inspected = await run(program, args, { env }).catch(() => null)
  if (inspected === null) return null
  const { Entrypoint, Labels } = v.parse(answer, inspected.stdout)
  return {
    version: Labels?.['org.opencontainers.image.version'] ?? null,
    startsRunner: (Entrypoint ?? []).some(word => word.includes('batchquery-task')),
  }
}
