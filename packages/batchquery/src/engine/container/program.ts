import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CONTAINER_PROGRAMS, type ContainerProgram } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'

const run = promisify(execFile)

/**
 * Returns the program that runs containers: the configured one, or the first that works. Docker may be the client of a daemon that
 * does not run.
 *
 * @throws CONFIG with the error of each program
 */
export async function findProgram(
  configured: ContainerProgram | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<ContainerProgram> {
  const candidates = configured === undefined ? CONTAINER_PROGRAMS : [configured]
  const faults: string[] = []
  for (const program of candidates) {
    const fault = await faultOf(program, environment)
    if (fault === null) return program
    faults.push(`${program}: ${fault}`)
  }
  throw new BatchQueryError('CONFIG', `neither docker nor podman works here (${faults.join('; ')})`, {
    hint: 'Install podman or docker, start the daemon of docker, or give your user the right to use it.',
  })
}

async function faultOf(program: ContainerProgram, env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    await run(program, ['version'], { env })
    return null
  } catch (thrown) {
    if (!(thrown instanceof Error)) return String(thrown)
    if ('code' in thrown && thrown.code === 'ENOENT') return 'not found'
    const said = 'stderr' in thrown ? String(thrown.stderr).trim() : ''
    return said.split('\n').at(-1) || thrown.message
  }
}
