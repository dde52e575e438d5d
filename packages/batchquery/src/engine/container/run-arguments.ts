import type { ContainerProgram, ContainerSettings } from '../../config/index.ts'
import type { RunRecord } from '../../run/index.ts'
import type { Mount, Surroundings } from './surroundings.ts'

/** The number of a user, and of the group. */
export interface Ids {
  readonly user: number
  readonly group: number
}

export interface ContainerParts {
  readonly program: ContainerProgram
  readonly settings: ContainerSettings
  /** The container's, and the host that the runner believes to be on: of this machine's it may take none for its own. */
  readonly name: string
  readonly surroundings: Surroundings
  /** Names of variables, whose values are in the program's environment: arguments can be seen by everybody. */
  readonly variables: readonly string[]
  /** Null where the system has no such numbers. */
  readonly ids: Ids | null
}

/** The arguments of docker or podman that run one task: nothing more than it needs, and nothing left of it. */
export function runArguments(
  { id, task, args }: Pick<RunRecord, 'id' | 'task' | 'args'>,
  parts: ContainerParts,
): string[] {
  const { settings, name, surroundings, variables } = parts
  const network = settings.network ?? (surroundings.needsLoopback ? 'host' : null)
  return [
    ...['run', '--rm', '--name', name, '--hostname', name, '--label', `batchquery.run=${id}`],
    // A short name would be looked for in registries of others.
    ...['--pull', settings.image.includes('/') ? 'missing' : 'never', '--log-driver', 'none'],
    ...['--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
    ...userArguments(parts),
    ...(network === null ? [] : ['--network', network]),
    ...(settings.cpu === undefined ? [] : ['--cpus', String(settings.cpu / 1024)]),
    ...(settings.memory === undefined
      ? []
      : ['--memory', `${settings.memory}m`, '--memory-swap', `${settings.memory}m`]),
    ...variables.flatMap(variable => ['--env', variable]),
    ...surroundings.mounts.flatMap(mount => ['--mount', mountArgument(mount)]),
    ...[settings.image, task.bucket, task.key, ...args],
  ]
}

/** Our own user, who may read what we may: credentials, the store. */
function userArguments({ program, ids, surroundings: { mounts } }: ContainerParts): string[] {
  if (ids === null) return []
  const isRootless = program === 'podman' && ids.user !== 0
  return [
    ...['--user', `${ids.user}:${ids.group}`],
    ...(isRootless ? ['--userns', 'keep-id'] : []),
    // SELinux lets a container see nothing of ours that is not labelled anew.
    ...(mounts.length > 0 ? ['--security-opt', 'label=disable'] : []),
  ]
}

/** One line of CSV. https://docs.docker.com/engine/storage/bind-mounts/ */
const mountArgument = ({ source, target, isWritable }: Mount): string =>
  ['type=bind', `source=${source}`, `target=${target}`, ...(isWritable ? [] : ['readonly'])]
    .map(field => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')
