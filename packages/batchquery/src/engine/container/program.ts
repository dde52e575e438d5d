import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CONTAINER_PROGRAMS, type ContainerProgram } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'

const run = promisify(execFile)

/**
 * The program that runs containers: the one that is configured, else the first that answers, as docker may be the client of
 * a daemon that does not run.
 *
 * @throws CONFIG with what each of them said
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
  throw new BatchQueryError('CONFIG', `no program that runs containers answers (${faults.join('; ')})`, {
    hint: 'Install podman or docker, or start the daemon of docker; your user needs the right to use it.',
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
