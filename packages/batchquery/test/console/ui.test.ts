import { chmod, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Workspace } from '../cli/workspace.ts'
import { freshBucket, taskEnvironment } from '../setup/s3-client.ts'
import { startUi } from './program.ts'

test('ui prints one URL, and ends with 0 when it is interrupted', async () => {
  const { console, program } = await startUi(await Workspace.create())
  expect(program.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/)
  expect(await console.get('/api/manual/console')).toMatchObject({ topic: 'console' })
  program.signal('SIGINT')
  const { code, stderr } = await program.ended
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).toContain('Ctrl-C ends the console; runs go on\n')
})

test('ui refuses a port that another program uses, and names it', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    other.close()
  })
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : null
  const workspace = await Workspace.create()
  const { code, stdout, stderr } = await workspace.run(['ui', '--port', String(port)])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`error: the console cannot listen on 127.0.0.1:${port}: another program uses it\n`)
  expect(stderr).toContain('hint: Leave --port out')
})

test.each(['65536', '-1', 'http', '80.5'])('ui refuses --port %s', async port => {
  const { code, stderr } = await (await Workspace.create()).run(['ui', `--port=${port}`])
  expect(code).toBe(2)
  expect(stderr).toContain(`--port ${JSON.stringify(port)} is not a port`)
})

test('ui takes the port of --port, and --read-only makes the page read-only', async () => {
  const workspace = await Workspace.create()
  const first = await startUi(workspace, {}, ['--read-only'])
  const { port } = new URL(first.console.base)
  first.program.signal('SIGTERM')
  expect(await first.program.ended).toMatchObject({ code: 0 })
  const second = await startUi(workspace, {}, ['--port', port, '--read-only'])
  expect(new URL(second.console.base).port).toBe(port)
  expect(await second.console.get('/api/session')).toMatchObject({ isReadOnly: true })
})

test('ui reports on stderr and to the page that there is no store', async () => {
  const { console, program } = await startUi(await Workspace.create(), {}, ['--store', './missing'])
  await expect.poll(() => program.stderr).toMatch(/error: the folder ".*missing" of the store does not exist/)
  expect(await console.refusal('/api/runs')).toMatchObject({ code: 'BUCKET_NOT_FOUND' })
})

test('every command line of docs/console.md starts a console', async () => {
  const page = await readFile(new URL('../../../../docs/console.md', import.meta.url), 'utf8')
  const lines = [...page.matchAll(/^ {4}batchquery (ui.*?)(?: {2,}#.*)?$/gm)].map(([, line]) =>
    line.split(' '),
  )
  expect(lines).toHaveLength(5)
  const bucket = await freshBucket()
  for (const [, ...args] of lines) {
    const workspace = await Workspace.create()
    await workspace.write('xdg-open', '#!/bin/sh\n')
    await chmod(join(workspace.folder, 'xdg-open'), 0o755)
    const environment = {
      ...(args.includes('s3') && (await taskEnvironment(bucket))),
      PATH: `${workspace.folder}:${process.env.PATH}`,
    }
    // The examples' bucket and port may be in use.
    const given = args.map(word => word.replace('exports', bucket).replace('8080', '0'))
    const { console, program } = await startUi(workspace, environment, given)
    expect(await console.get('/api/session'), args.join(' ')).toMatchObject({
      isReadOnly: args.includes('--read-only'),
      ...(args.includes('s3') && { bucket }),
    })
    program.signal('SIGINT')
    expect(await program.ended).toMatchObject({ code: 0 })
  }
})

test('ui --open passes the URL in a file that only the user can read, and removes the file', async () => {
  const workspace = await Workspace.create()
  // In place of the program that opens a browser.
  await workspace.write('xdg-open', '#!/bin/sh\nprintf %s "$1" > opened\n')
  await mkdir(join(workspace.folder, 'bin'))
  await rename(join(workspace.folder, 'xdg-open'), join(workspace.folder, 'bin/xdg-open'))
  await chmod(join(workspace.folder, 'bin/xdg-open'), 0o755)
  const temporary = join(workspace.folder, 'tmp')
  await mkdir(temporary)
  const environment = { PATH: `${join(workspace.folder, 'bin')}:${process.env.PATH}`, TMPDIR: temporary }
  const { console, program } = await startUi(workspace, environment, ['--open'])
  await expect.poll(() => workspace.read('opened').catch(() => '')).toMatch(/^file:\/\/.*console\.html$/)
  const opened = await workspace.read('opened')
  expect(opened).not.toContain(console.token)
  expect(await readFile(new URL(opened), 'utf8')).toContain(`${console.base}/#token=${console.token}`)
  program.signal('SIGINT')
  expect(await program.ended).toMatchObject({ code: 0 })
  expect((await readdir(temporary)).filter(name => name.startsWith('batchquery-ui-'))).toEqual([])
})
