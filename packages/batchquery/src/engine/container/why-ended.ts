import { BatchQueryError } from '../../errors/index.ts'
import type { RunRecord } from '../../run/index.ts'

/** Exit codes of docker and podman themselves. https://docs.docker.com/engine/containers/run/#exit-status */
const NOT_CREATED = 125
const NOT_STARTED = [126, 127]
const KILLED = 137

export const IMAGE_HINT =
  'Build it with `npm run image`, or name another: `container: { image: REGISTRY/NAME:TAG }` in batchquery.yaml.'

const NOT_CREATED_HINTS: readonly (readonly [RegExp, string])[] = [
  [/no such image|image not known|unable to find image|manifest unknown|pull access denied/i, IMAGE_HINT],
  [/permission denied/i, 'Add your user to the group of docker, or use podman, which needs no group.'],
  [/network/i, 'Name an existing network: `container: { network: NAME }` in batchquery.yaml.'],
]

/**
 * Returns why the runner of a run ended before its run.
 *
 * @param said the last lines of the program that ran the container
 */
export function explainEnd(
  { id, attempt }: Pick<RunRecord, 'id' | 'attempt'>,
  exitCode: number,
  said: readonly string[],
  { image, memory }: { readonly image: string; readonly memory?: number | undefined },
): BatchQueryError {
  const last = said.at(-1) ?? 'it wrote nothing'
  if (exitCode === NOT_CREATED)
    return new BatchQueryError('ENGINE_FAILED', `${image} did not start for run ${id}: ${last}`, {
      hint:
        NOT_CREATED_HINTS.find(([text]) => text.test(said.join('\n')))?.[1] ??
        'Correct the cause in the message, then run again.',
      retryable: false,
    })
  if (exitCode === KILLED)
    return new BatchQueryError(
      'RUNNER_LOST',
      `run ${id} was killed (exit code ${KILLED})${memory === undefined ? '' : `, with ${memory} MiB`}`,
      {
        hint: 'If no user killed it, it ran out of memory: raise --memory, or find out what needs so much in the task.',
        retryable: false,
      },
    )
  if (attempt === 0 || NOT_STARTED.includes(exitCode))
    return new BatchQueryError(
      'ENGINE_FAILED',
      `no runner claimed run ${id}: ${image} ended with exit code ${exitCode}: ${last}`,
      { hint: 'Check the ENTRYPOINT of the image, which must start batchquery-task.', retryable: false },
    )
  return new BatchQueryError('RUNNER_LOST', `run ${id} lost its runner (exit code ${exitCode})`, {
    hint: `Wait a minute. Then run it again with --run-id ${id}, or end it with \`batchquery reap\`.`,
  })
}
