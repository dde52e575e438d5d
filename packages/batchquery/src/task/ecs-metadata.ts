import { setTimeout } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { RunnerRecord } from '../run/index.ts'

/** The ECS task in which this process runs. */
export interface OwnEcsTask {
  readonly arn: string
  /** The last part of the ARN. */
  readonly id: string
  /** Null if ECS does not say. */
  readonly size: NonNullable<RunnerRecord['ecsSize']> | null
}

const VARIABLE = 'ECS_CONTAINER_METADATA_URI_V4'
const ATTEMPTS = 3
const PAUSE_MS = 300
const TIMEOUT_MS = 2_000

/**
 * Asks the metadata endpoint of ECS. Null outside of ECS. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
 *
 * @throws ENGINE_FAILED if ECS does not say which task this is, because the run's id comes from it
 */
export async function findOwnEcsTask(environment: NodeJS.ProcessEnv): Promise<OwnEcsTask | null> {
  const base = environment[VARIABLE]
  if (!base) return null
  for (let attempt = 1; ; attempt++) {
    try {
      return taskOf(await read(`${base}/task`))
    } catch (cause) {
      if (attempt === ATTEMPTS)
        throw new BatchQueryError(
          'ENGINE_FAILED',
          `${VARIABLE} did not return the ARN of this ECS task: ${cause}`,
          {
            cause,
            hint: 'Start the ECS task again.',
          },
        )
      await setTimeout(PAUSE_MS)
    }
  }
}

/** Uses `node:http`, because `fetch` takes longer to load. Outside of ECS neither is loaded. */
async function read(url: string): Promise<unknown> {
  const { get } = await import('node:http')
  const { json } = await import('node:stream/consumers')
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: TIMEOUT_MS }, response => {
      if (response.statusCode === 200) resolve(json(response))
      else {
        response.resume()
        reject(new Error(`HTTP ${response.statusCode}`))
      }
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', reject)
  })
}

function taskOf(metadata: unknown): OwnEcsTask {
  const arn = fieldOf(metadata, 'TaskARN')
  const id = typeof arn === 'string' ? /\/([\w-]+)$/.exec(arn)?.[1] : undefined
  if (typeof arn !== 'string' || id === undefined) throw new Error('no TaskARN')
  return { arn, id, size: sizeOf(metadata) }
}

const UNITS_PER_VCPU = 1024

/** The limits are vCPUs and MiB. AWS charges from the begin of the pull. */
function sizeOf(metadata: unknown): OwnEcsTask['size'] {
  const limits = fieldOf(metadata, 'Limits')
  const [cpu, memory] = [fieldOf(limits, 'CPU'), fieldOf(limits, 'Memory')].map(Number)
  if (!(cpu > 0 && memory > 0)) return null
  const pulled = new Date(String(fieldOf(metadata, 'PullStartedAt')))
  return {
    cpu: Math.round(cpu * UNITS_PER_VCPU),
    memory: Math.round(memory),
    architecture: process.arch === 'arm64' ? 'ARM64' : 'X86_64',
    since: (Number.isNaN(pulled.getTime()) ? new Date() : pulled).toISOString(),
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
