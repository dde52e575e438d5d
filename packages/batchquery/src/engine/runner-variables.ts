import type { LaunchOptions } from './engine.ts'

/** What a runner on this machine is told beside the environment of its launch. */
export const runnerVariables = (
  id: string,
  { talk, progress }: Pick<LaunchOptions, 'talk' | 'progress'>,
): Record<string, string> => ({
  BATCHQUERY_RUN_ID: id,
  BATCHQUERY_TALK: talk,
  BATCHQUERY_PROGRESS: progress ? '1' : '0',
})
