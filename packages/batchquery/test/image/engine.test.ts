import { readFile } from 'node:fs/promises'
import { beforeEach, expect, inject, test } from 'vitest'
import { documentOf, Workspace } from '../cli/workspace.ts'
import { runAsAdmin } from '../setup/mariadb-client.ts'
import { taskEnvironment } from '../setup/s3-client.ts'
import { CONTAINERS_CONF, IMAGES, podman } from './podman.ts'
import { imageStage } from './stage.ts'

const { bucket, object, databaseUrl, database, credentials } = await imageStage()
const { password, user, port, caFile } = inject('mariadb')

const yaml = `engine: container
container: { image: "${IMAGES.plain}", program: podman, memory: 512, cpu: 1024 }
`
const byPassword = `mysql://${user}@127.0.0.1:${port}/${database}?sslmode=verify-ca&sslrootcert=ca.pem`

/** The variables of a person's shell, with the store in a folder of the project. */
const shell = { CONTAINERS_CONF, MYSQL_PWD: password }

let here: Workspace
beforeEach(async () => {
  here = await Workspace.create()
  await here.write('batchquery.yaml', yaml)
})

/** Our containers that exist, running or not. */
const containers = () => podman('ps', '--all', '--quiet', '--filter', 'label=batchquery.run')

test('the engine runs the same task with the same record as the engine local, with a folder as the store and files by name', async () => {
  await here.write('ca.pem', await readFile(caFile))
  await here.write(
    't.sql',
    `SELECT 1 AS a, 'x' AS b INTO OUTFILE S3 's3://batchquery-s3/output/t' OVERWRITE ON`,
  )
  const outcomes = []
  for (const engine of ['local', 'container']) {
    const args = ['run', './t.sql', '--run-id', engine, '--engine', engine, '-d', byPassword, '--json']
    const ran = await here.run(args, { environment: shell })
    expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
    expect(documentOf(ran).engine).toEqual({ name: engine })
    outcomes.push(withoutPlaceAndTime(documentOf(ran)))
  }
  expect(outcomes[1]).toEqual(outcomes[0])
  expect(await here.readObject('output/t.part_00000')).toBe('1\tx\n')
  expect(await containers()).toBe('')
})

/** A run record without the parts that differ from run to run. */
function withoutPlaceAndTime(record: Record<string, unknown>): unknown {
  const changing = /^(id|key|engine|runner|log|sessions|\w+At|ledger)$/
  return JSON.parse(JSON.stringify(record, (name, value) => (changing.test(name) ? undefined : value)))
}

test('several sessions read one export in the container', async () => {
  await here.write('ca.pem', await readFile(caFile))
  await runAsAdmin(
    `CREATE TABLE ${database}.numbers (id INT PRIMARY KEY)`,
    `INSERT INTO ${database}.numbers SELECT seq FROM seq_1_to_1000`,
  )
  const to = "INTO OUTFILE S3 's3://batchquery-s3/output/numbers' PARALLEL 2 OVERWRITE ON"
  await here.write('t.sql', `SELECT id FROM numbers ${to}`)
  const ran = await here.run(['run', './t.sql', '-d', byPassword, '--json'], { environment: shell })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(documentOf(ran).exports).toMatchObject([{ rows: 1000, level: 'snapshot' }])
  expect(await here.readObject('output/numbers.part_00000_00000')).toMatch(/^1\n2\n/)
})

test('the engine uses S3 and a login by token with the settings that the AWS SDK finds in the environment', async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const environment = {
    ...(await taskEnvironment(bucket)),
    ...{
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    },
    CONTAINERS_CONF,
  }
  await here.write('t.sql', `SELECT 2 INTO OUTFILE S3 's3://${bucket}/output/container'`)
  const ran = await here.run(['run', './t.sql', '-d', databaseUrl], { environment })
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(await object('output/container.part_00000')).toBe('2\n')
})

test('the task gets arguments, parameters and variables, and no command line contains a secret', async () => {
  await here.write(
    's.sh',
    'echo "$1 $GIVEN $TOKEN" | tr a-z A-Z\ncat /proc/1/cmdline | tr "\\0" " " | grep -c tiny-secret || true\n',
  )
  const args = ['run', './s.sh', '-e', 'GIVEN=given', '-e', 'TOKEN', '--', 'one']
  const running = here.start(args, { environment: { ...shell, TOKEN: 'tiny-secret-value' } })
  const ran = await running.ended
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 })
  expect(ran.stdout).toContain('ONE GIVEN TINY-SECRET-VALUE\n')
  expect(ran.stdout).toContain('\n0\n')
})

test.each([
  ['a statement', 't.sql', "SELECT 1 INTO OUTFILE S3 './out/x'", 1],
  [
    'the library in a script',
    't.mjs',
    "import { connect } from 'batchquery'\nconst db = await connect()\nawait db.export('SELECT 1', './out/x')\n",
    1,
  ],
])('the engine refuses a file that would be lost with the container: %s', async (_, name, task, code) => {
  await here.write('ca.pem', await readFile(caFile))
  await here.write(name, task)
  const ran = await here.run(['run', `./${name}`, '-d', byPassword], { environment: shell })
  expect(ran.code).toBe(code)
  expect(ran.stderr).toContain('"./out/x" is a file, and this engine keeps no files')
})

test('a run goes on when the reader of its output goes away', async () => {
  await here.write('noisy.sh', 'seq 300000\n')
  const under = ['bash', '-c', '"$@" | head -n 1', '-']
  const ran = await here.run(['run', './noisy.sh', '--run-id', 'noisy'], { environment: shell, under })
  expect(ran.stdout).toBe('1\n')
  expect(await here.record('noisy')).toMatchObject({ state: 'SUCCEEDED' })
})

test('Ctrl-C cancels the run and leaves no container', async () => {
  await here.write('slow.sh', 'echo started\nsleep 1000\n')
  const running = here.start(['run', './slow.sh', '--run-id', 'slow'], { environment: shell })
  await expect.poll(async () => (await here.record('slow').catch(() => ({}))).state).toBe('RUNNING')
  running.signal('SIGINT')
  expect((await running.ended).code).toBe(130)
  expect(await here.record('slow')).toMatchObject({ state: 'CANCELLED' })
  expect(await containers()).toBe('')
})

test('a second signal kills the container', async () => {
  await here.write('stubborn.sh', 'trap "" INT\necho ready >&2\nsleep 1000\n')
  const running = here.start(['run', './stubborn.sh', '--run-id', 'stubborn'], { environment: shell })
  await expect.poll(() => running.stderr).toContain('ready')
  running.signal('SIGINT')
  await expect.poll(() => running.stderr).toContain('a second signal kills it')
  running.signal('SIGTERM')
  const ran = await running.ended
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('exit code 137'),
  })
  expect(await here.record('stubborn')).toMatchObject({ state: 'RUNNING' })
  expect(await containers()).toBe('')
})

test('a detached run can be followed and cancelled from elsewhere', async () => {
  await here.write('slow.sh', 'echo started\nsleep 1000\n')
  const started = await here.run(['run', './slow.sh', '--run-id', 'away', '--detach'], { environment: shell })
  expect(started).toMatchObject({ code: 0, stdout: 'away\n' })
  expect(await here.run(['cancel', 'away'], { environment: shell })).toMatchObject({ code: 0 })
  expect(await here.record('away')).toMatchObject({ state: 'CANCELLED' })
  await expect.poll(containers).toBe('')
})

test('a run that is killed for lack of memory reports the size that it had', async () => {
  await here.write('slow.sh', 'sleep 1000\n')
  const running = here.start(['run', './slow.sh', '--run-id', 'killed', '--memory', '256'], {
    environment: shell,
  })
  await expect.poll(async () => (await here.record('killed').catch(() => ({}))).state).toBe('RUNNING')
  await podman('kill', await podman('ps', '--quiet', '--filter', 'label=batchquery.run=killed'))
  const ran = await running.ended
  expect(ran.code).toBe(1)
  expect(ran.stderr).toContain('run killed was killed (exit code 137), with 256 MiB')
  expect(ran.stderr).toContain('--memory')
})

test.each([
  ['an image that is missing', 'image: nothing-here', 1, 'Build it with `npm run image`'],
  ['an image without the runner', 'image: localhost/batchquery-test:base', 1, 'no runner claimed run'],
  [
    'a network that is missing',
    `image: "${IMAGES.plain}", network: nothing-here`,
    1,
    'did not start for run',
  ],
  ['an unknown key', 'imgae: x', 2, 'unknown key container.imgae'],
  ['an unknown program', 'program: rkt', 2, 'container.program'],
])('%s', async (_, container, code, expected) => {
  await here.write('batchquery.yaml', `engine: container\ncontainer: { ${container} }\n`)
  await here.write('a.sh', 'true\n')
  const ran = await here.run(['run', './a.sh', '--run-id', 'bad'], { environment: shell })
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code, stderr: expect.stringContaining(expected) })
})

test('the engine names the programs that it looked for when none runs containers', async () => {
  await here.write('a.sh', 'true\n')
  await here.write('batchquery.yaml', 'engine: container\n')
  const ran = await here.run(['run', './a.sh'], { environment: { PATH: '/nonexistent' } })
  expect(ran.code).toBe(2)
  expect(ran.stderr).toContain('docker: not found; podman: not found')
})

test('doctor checks program and image', async () => {
  const args = ['doctor', '--engine', 'container', '-d', byPassword]
  await here.write('ca.pem', await readFile(caFile))
  const good = await here.run(args, { environment: shell })
  expect({ code: good.code, stdout: good.stdout }).toMatchObject({ code: 0 })
  expect(good.stdout).toMatch(/^ok +container.program +podman$/m)
  expect(good.stdout).toMatch(/^ok +container.image +.*:plain, version 0\.1\.0$/m)
  await here.write(
    'batchquery.yaml',
    'engine: container\ncontainer: { image: nothing-here, program: podman }\n',
  )
  const bad = await here.run(args, { environment: shell })
  expect(bad).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('this machine has no image nothing-here'),
  })
})

test('--spot is Fargate’s', async () => {
  await here.write('a.sh', 'true\n')
  const ran = await here.run(['run', './a.sh', '--spot'], { environment: shell })
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('--spot needs the engine fargate') })
})
