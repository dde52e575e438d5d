import { expect, inject, test } from 'vitest'
import { freshDatabase } from '../setup/mariadb-client.ts'
import { documentOf, Workspace } from './workspace.ts'

test('command line and runner see the variables of --env-file, and no output has the password', async () => {
  const { host, port, user, password } = inject('mariadb')
  const workspace = await Workspace.create()
  const url = `mysql://${user}@${host}:${port}/${await freshDatabase()}`
  await workspace.write(
    '.env',
    `# comment\nexport BATCHQUERY_DATABASE="${url}"\nBATCHQUERY_BUCKET=home # ours\nMYSQL_PWD='${password}'\n`,
  )
  const ended = await workspace.runSql("SELECT 7 AS a INTO OUTFILE S3 's3://home/output/seven'", [
    ...['--env-file', '.env', '-v', '--json'],
  ])
  expect(ended.code, ended.stderr).toBe(0)
  expect(documentOf(ended)).toMatchObject({ state: 'SUCCEEDED', databases: [{ dialect: 'mysql' }] })
  expect(ended.stdout + ended.stderr).not.toContain(password)
  expect(await workspace.read('.batchquery/store/home/output/seven.part_00000')).toBe('7\n')
})

test('a variable of the environment wins over --env-file, also if it is empty; a later file wins over an earlier one', async () => {
  const workspace = await Workspace.create()
  await workspace.write('first.env', 'BATCHQUERY_BUCKET=first\nBATCHQUERY_STORE=./first\n')
  await workspace.write('second.env', '\ufeffBATCHQUERY_BUCKET=second\n')
  await workspace.write('task.sql', 'SELECT 1')
  const put = ['put', './task.sql', '--env-file', 'first.env', '--env-file', 'second.env', '--json']
  const inFiles = documentOf(await workspace.run(put))
  expect(JSON.stringify(inFiles)).toContain('second/script/task.sql')
  expect(await workspace.files('first/second')).toEqual(['script/task.sql'])
  const environment = { BATCHQUERY_BUCKET: 'own', BATCHQUERY_STORE: '' }
  expect((await workspace.run(put, { environment })).code).toBe(0)
  expect(await workspace.files('.batchquery/store/own')).toEqual(['script/task.sql'])
})

test('batchquery.yaml and -e take variables from --env-file', async () => {
  const workspace = await Workspace.create()
  const token = 'a-token-of-the-env-file'
  await workspace.write('.env', `BUCKET=filled\nAPI_TOKEN="${token}"\n`)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: batchquery replaces it.
  await workspace.write('batchquery.yaml', 'bucket: ${BUCKET}\n')
  await workspace.write('job.sh', 'test "$API_TOKEN" = a-token-of-the-env-file && echo "got $API_TOKEN"\n')
  const ended = await workspace.run(['run', './job.sh', '-e', 'API_TOKEN', '--env-file', '.env'])
  expect(ended.code, ended.stderr).toBe(0)
  expect(ended.stdout).toContain('got ***')
  expect(await workspace.files('.batchquery/store')).toContainEqual(expect.stringMatching(/^filled\/runs\//))
})

test('a variable that Node reads when it starts is ignored with a warning', async () => {
  const workspace = await Workspace.create()
  await workspace.write('.env', 'NODE_OPTIONS=--no-such-option\n')
  const ended = await workspace.runSql('SELECT 1', ['--env-file', '.env'])
  expect(ended.code, ended.stderr).toBe(0)
  expect(ended.stderr).toContain('warning: --env-file: NODE_OPTIONS is ignored')
})

test.each([
  ['missing.env', null, 'does not exist'],
  ['utf16.env', Buffer.from('\ufeffPASSWORD=secret-of-the-file\n', 'utf16le'), 'is not UTF-8'],
  ['nul.env', 'PASSWORD="secret-of\0the-file"\n', 'the value of PASSWORD has a NUL character'],
])('a command ends with exit code 2 when --env-file is %s', async (name, content, why) => {
  const workspace = await Workspace.create()
  if (content !== null) await workspace.write(name, content)
  const { code, stdout, stderr } = await workspace.run(['ls', '--env-file', name, '-v'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`--env-file ${name}: `)
  expect(stderr).toContain(why)
  expect(stderr).toContain('hint: ')
  expect(stderr).not.toContain('secret-of')
})

test('a script gets an argument --env-file unchanged', async () => {
  const workspace = await Workspace.create()
  await workspace.write('job.ts', "console.log('arguments:', process.argv.slice(2).join(' '))\n")
  const ended = await workspace.run(['run', './job.ts', '--', '--env-file', 'missing.env'])
  expect(ended.code, ended.stderr).toBe(0)
  expect(ended.stdout).toContain('arguments: --env-file missing.env')
})
