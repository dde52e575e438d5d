import { expect, onTestFinished } from 'vitest'
import type { Started, Workspace } from '../cli/workspace.ts'
import { Served } from './served.ts'

export interface ProgramConsole {
  readonly program: Started
  readonly console: Served
}

/** Starts `batchquery ui` in a workspace, and ends it with the test. */
export async function startUi(
  workspace: Workspace,
  environment: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
): Promise<ProgramConsole> {
  const program = workspace.start(['ui', ...args], { environment })
  onTestFinished(async () => {
    if (program.process.exitCode === null) program.signal('SIGINT')
    await program.ended
  })
  await expect.poll(() => program.stdout).toMatch(/#token=\S+\n$/)
  return { program, console: Served.at(program.stdout.trim()) }
}
