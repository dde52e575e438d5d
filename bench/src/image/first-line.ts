import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface StartTimes {
  /** Until the first line on stderr. */
  readonly firstMs: number
  readonly wholeMs: number
}

/** @throws if the program fails, with its output */
export async function timeToFirstLine(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<StartTimes> {
  const startedAt = performance.now()
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let firstMs: number | null = null
  const lines: string[] = []
  createInterface({ input: child.stderr }).on('line', line => {
    firstMs ??= performance.now() - startedAt
    lines.push(line)
  })
  const [code] = await once(child, 'close')
  if (code !== 0 || firstMs === null)
    throw new Error(`${program} ended with exit code ${code}:\n${lines.join('\n')}`)
  return { firstMs, wholeMs: performance.now() - startedAt }
}
