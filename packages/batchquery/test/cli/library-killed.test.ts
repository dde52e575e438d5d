import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DATABASES, freshFolder, open } from '../integration/library/servers.ts'
import { documentOf, Workspace } from './workspace.ts'

const PACKAGE = join(import.meta.dirname, '../..')

test.each(DATABASES)(
  '$dialect: reap removes the leftovers of a program that is killed during its second export',
  async database => {
    const workspace = await Workspace.create()
    await mkdir(join(workspace.folder, 'node_modules'))
    await symlink(PACKAGE, join(workspace.folder, 'node_modules/batchquery'))
    await workspace.write(
      'program.mjs',
      `import { connect } from 'batchquery'
    const db = await connect()
    await db.export('SELECT 7', 's3://batchquery-s3/output/whole')
    const options = { maxFileSize: '1 MB', onProgress: ({ parts }) => parts > 2 && process.kill(process.pid, 'SIGKILL') }
    await db.export(${JSON.stringify(`${database.numbers(50_000_000)} /* killed during */`)}, 's3://batchquery-s3/output/cut', options)`,
    )
    const environment = { ...database.environment(), BATCHQUERY_DATABASE: database.url() }
    const killed = workspace.start([], { environment, program: 'program.mjs' })
    await killed.ended
    const [left, first] = documentOf(await workspace.run(['ls', '--json'], { environment })).runs
    expect(left).toMatchObject({ state: 'RUNNING', databases: [{ sessions: [expect.any(String)] }] })
    expect(left.id).toBe(first.id.replace(/1$/, '2'))
    await workspace.age(left.id)
    const reaped = await workspace.run(['reap', '--json'], { environment })
    expect(reaped, reaped.stderr).toMatchObject({ code: 0 })
    const record = await workspace.record(left.id)
    expect(record).toMatchObject({ state: 'FAILED', error: { code: 'RUNNER_LOST' }, warnings: [] })
    expect(await workspace.results()).toEqual(['batchquery-s3/output/whole.part_00000'])
    const db = await open(database, { folder: await freshFolder() })
    expect(await db.query(database.running('killed during'))).toEqual([{ n: 0n }])
  },
)
