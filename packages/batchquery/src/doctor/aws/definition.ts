import { chooseSize } from '../../engine/fargate/index.ts'
import type { Finding } from '../check.ts'
import { broken } from './ask.ts'
import { type Described, type FargateLook, UNSEEN } from './fargate-look.ts'
import { ecrImage } from './image.ts'

/** The runner ends within 25 s of SIGTERM. ECS waits 30 s by default. */
const LEAST_STOP_SECONDS = 30

/** @throws CONFIG for a fault that keeps a run from starting, or the runner from its store */
export async function lookAtDefinition(look: FargateLook): Promise<Finding> {
  const described = await look.described()
  if (described === null) return UNSEEN
  const { definition, container } = described
  const { family, revision, cpu, memory } = definition
  requireFargate(described)
  const size = { cpu: look.settings.cpu ?? Number(cpu), memory: look.settings.memory ?? Number(memory) }
  chooseSize(size, null)
  requireRoles(described)
  return {
    figure: `${family}:${revision} ACTIVE, container ${container.name}, ${size.cpu} CPU units, ${size.memory} MiB`,
    warnings: warningsOf(described),
  }
}

function requireFargate({ definition }: Described): void {
  const { family, requiresCompatibilities = [], networkMode } = definition
  if (requiresCompatibilities.includes('FARGATE') && networkMode === 'awsvpc') return
  throw broken(
    `the task definition ${family} is not for Fargate (${requiresCompatibilities.join(', ') || 'no compatibility'}, network mode ${networkMode ?? 'none'})`,
    'Register it again with `requiresCompatibilities: ["FARGATE"]` and `networkMode: "awsvpc"`.',
  )
}

function requireRoles({ definition, container }: Described): void {
  const { family, taskRoleArn, executionRoleArn } = definition
  if (!taskRoleArn)
    throw broken(
      `the task definition ${family} has no task role, so the runner cannot reach its store`,
      'Register it again with `taskRoleArn`, a role with the rights on the home bucket (docs/operations.md).',
    )
  const needed = [
    ecrImage(container.image ?? '') !== null && 'to pull the image from ECR',
    container.logConfiguration?.logDriver === 'awslogs' && 'to write the log',
    (container.secrets ?? []).length > 0 && 'to read its secrets',
  ].flatMap(why => why || [])
  if (executionRoleArn || needed.length === 0) return
  throw broken(
    `the task definition ${family} has no execution role, which ECS needs ${needed.join(', ')}`,
    'Register it again with `executionRoleArn`, a role with the policy AmazonECSTaskExecutionRolePolicy.',
  )
}

/** Faults that a run tolerates, but that a user may notice. */
function warningsOf({ container }: Described): readonly string[] {
  const { logConfiguration: log, stopTimeout, readonlyRootFilesystem } = container
  const mode = log?.options?.mode
  return [
    log === undefined &&
      'no log keeps what the container writes before its runner begins or when it is killed; add `logConfiguration` with awslogs',
    log?.logDriver === 'awslogs' &&
      mode !== 'blocking' &&
      `awslogs is ${mode ?? 'non-blocking, the default'}, which drops lines of a busy log; set \`mode: blocking\``,
    stopTimeout !== undefined &&
      stopTimeout < LEAST_STOP_SECONDS &&
      `stopTimeout is ${stopTimeout} s, but the runner may take 25 s to end; set 120`,
    readonlyRootFilesystem !== true &&
      'the root file system is writable; set `readonlyRootFilesystem: true`, because the image writes only to /tmp',
  ].flatMap(warning => warning || [])
}
