import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The images that `npm run test:image` builds first. */
export const IMAGES = { plain: 'localhost/batchquery-test:plain', python: 'localhost/batchquery-test:python' }
export const BASE_IMAGE = 'localhost/batchquery-test:base'

/** For every program that runs podman. */
export const CONTAINERS_CONF = join(import.meta.dirname, '../../../../.cache/image/containers.conf')

const execute = promisify(execFile)

/** @returns its stdout @throws with its stderr */
export async function podman(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('podman', args, { env: { ...process.env, CONTAINERS_CONF } })
  return stdout.trim()
}

/** A container like those of Fargate: with only its memory and CPU, no rights, and only /tmp to write to. */
export interface Confined {
  readonly image: string
  readonly name: string
  readonly command: readonly string[]
  /** Names; the values are in podman's own environment. */
  readonly variables: readonly string[]
  /** Files of this machine, at the same path. */
  readonly files: readonly string[]
  /** CPU units, 1024 per CPU. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
}

export const confinedArguments = (container: Confined): string[] => [
  ...['run', '--rm', '--name', container.name, '--network', 'host'],
  ...['--cpus', String(container.cpu / 1024)],
  ...['--memory', `${container.memory}m`, '--memory-swap', `${container.memory}m`],
  ...['--read-only', '--read-only-tmpfs=false', '--cap-drop=all', '--security-opt', 'no-new-privileges'],
  ...container.variables.flatMap(name => ['--env', name]),
  ...container.files.map(file => `--mount=type=bind,source=${file},target=${file},readonly`),
  ...[container.image, ...container.command],
]
