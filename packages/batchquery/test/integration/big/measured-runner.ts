import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect } from 'vitest'
import { peakMemory } from '../../setup/peak-memory.ts'
import { runSecrets } from '../../setup/secrets/run-secrets.ts'

const RUNNER = fileURLToPath(new URL('../../../bin/batchquery-task.js', import.meta.url))

interface MeasuredRun {
  /** @default - that of the tests */
  readonly node?: string
  /** In MB of 1024 * 1024 bytes. @default 160, the limit of rows as text, of any number and length */
  readonly mostMemory?: number
}

/**
 * Runs script/task.sql of a bucket as the container does, in a separate process that must succeed and stay within the
 * memory limit.
 *
 * @returns its output
 */
export async function runMeasured(
  bucket: string,
  environment: NodeJS.ProcessEnv,
  { node = process.execPath, mostMemory = 160 }: MeasuredRun = {},
): Promise<string> {
  const running = execa(node, [RUNNER, bucket, 'script/task.sql'], { reject: false, env: environment })
  const [{ stderr }, memory] = await Promise.all([running, peakMemory(running.pid ?? 0)])
  runSecrets()?.look('a runner on stderr', stderr)
  expect(stderr).toContain('SUCCEEDED')
  expect(memory).toBeLessThan(mostMemory)
  return stderr
}
