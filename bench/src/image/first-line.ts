import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface StartTimes {
  /** To the first line on stderr. */
  readonly firstMs: number
  readonly wholeMs: number
}

/** @throws where the program fails, with what it wrote */
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
