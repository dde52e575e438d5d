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
  /** The name of the container, and its host name: the runner must not take processes of this machine for its own. */
  readonly name: string
  readonly surroundings: Surroundings
  /** The names of variables. Their values are in the program's environment, because every user can read arguments. */
  readonly variables: readonly string[]
  /** Null if the system has no such numbers. */
  readonly ids: Ids | null
}

/** The arguments of docker or podman that run one task, with the least rights, and remove the container afterwards. */
export function runArguments(
  { id, task, args }: Pick<RunRecord, 'id' | 'task' | 'args'>,
  parts: ContainerParts,
): string[] {
  const { settings, name, surroundings, variables } = parts
  const network = settings.network ?? (surroundings.needsLoopback ? 'host' : null)
  return [
    ...['run', '--rm', '--name', name, '--hostname', name, '--label', `batchquery.run=${id}`],
    // A short name would be searched for in public registries.
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

/** The container runs as our own user: it may read the credentials and the store. */
function userArguments({ program, ids, surroundings: { mounts } }: ContainerParts): string[] {
  if (ids === null) return []
  const isRootless = program === 'podman' && ids.user !== 0
  return [
    ...['--user', `${ids.user}:${ids.group}`],
    ...(isRootless ? ['--userns', 'keep-id'] : []),
    // Otherwise SELinux hides our files from a container until they have other labels.
    ...(mounts.length > 0 ? ['--security-opt', 'label=disable'] : []),
  ]
}

/** One line of CSV. https://docs.docker.com/engine/storage/bind-mounts/ */
const mountArgument = ({ source, target, isWritable }: Mount): string =>
  ['type=bind', `source=${source}`, `target=${target}`, ...(isWritable ? [] : ['readonly'])]
    .map(field => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')
