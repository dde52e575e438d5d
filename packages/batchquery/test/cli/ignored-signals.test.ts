import { expect, test } from 'vitest'
import { atTerminal } from './terminal.ts'
import { PROGRAM, Workspace } from './workspace.ts'

/** Works until it may end, which is after the signal. */
const SCRIPT = 'echo begun > begun\nuntil [ -e go ]; do sleep 0.05; done\n'
const RUN = 'run ./job.sh --run-id r1'
const NODE = `'${process.execPath}' '${PROGRAM}'`

async function workspaceWithJob(): Promise<Workspace> {
  const workspace = await Workspace.create()
  await workspace.write('job.sh', SCRIPT)
  return workspace
}

const hasBegun = (workspace: Workspace) => expect.poll(() => workspace.files('.')).toContain('begun')

/**
 * A shell without job control, as a script has it, starts the run in the background and signals it.
 *
 * @param pid of the process that is signalled, in the words of the shell; `$run` is what it started
 * @param after what the shell does then
 * @returns the exit code of the run
 */
async function signalled(signal: string, line: string, pid: string, after = ''): Promise<number> {
  const workspace = await workspaceWithJob()
  const script = `exec < <(sleep 1000 >/dev/null 2>&1)
    ${line} & run=$!
    until [ -e begun ]; do sleep 0.05; done
    kill -${signal} ${pid}
    ${after}
    wait $run; echo "code $?"`
  const { stdout } = await workspace.startProgram('bash', ['-c', script]).ended
  return Number(/^code (\d+)$/m.exec(stdout)?.[1])
}

test.each([
  ['SIGHUP', `nohup '${PROGRAM}' ${RUN}`, '$run'],
  ['SIGHUP', `nohup ${NODE} ${RUN}`, '$run'],
  ['SIGHUP', `setsid nohup ${NODE} ${RUN}`, '$run'],
  ['SIGHUP', `(trap "" HUP; ${NODE} ${RUN}; exit $?)`, '$(ps -o pid= --ppid $run)'],
  ['SIGTERM', `(trap "" TERM; exec '${PROGRAM}' ${RUN})`, '$run'],
  ['SIGINT', `'${PROGRAM}' ${RUN}`, '$run'],
  ['SIGINT', `${NODE} ${RUN}`, '$run'],
  ['SIGQUIT', `'${PROGRAM}' ${RUN}`, '$run'],
])('a run ignores %s when its parent does: %s', async (signal, line, pid) => {
  // A run that did not ignore it would have ended meanwhile.
  expect(await signalled(signal.slice(3), line, pid, 'sleep 1; touch go')).toBe(0)
})

test.each([
  ['SIGHUP', 143],
  ['SIGTERM', 143],
] as const)('a run ends by %s when a shell started it normally', async (signal, code) => {
  expect(await signalled(signal.slice(3), `'${PROGRAM}' ${RUN}`, '$run')).toBe(code)
})

test.each([
  ['usual', [PROGRAM], 143],
  ['usual', [process.execPath, PROGRAM], 143],
  ['ignored', [PROGRAM], 0],
  ['usual', ['nohup', PROGRAM], 0],
  ['usual', ['nohup', process.execPath, PROGRAM], 0],
] as const)('a terminal closes with SIGHUP %s for %j: exit code %i', async (hup, program, code) => {
  const workspace = await workspaceWithJob()
  const terminal = atTerminal(workspace, [...program, ...RUN.split(' ')], hup, {})
  await hasBegun(workspace)
  const closed = terminal.close()
  if (code === 0) await workspace.write('go', '')
  expect(await closed).toBe(code)
  expect(await workspace.record()).toMatchObject({ exitCode: code })
})
