import { expect, test } from 'vitest'
import { documentOf, Workspace } from './workspace.ts'

const EXPORT = "SELECT 7 INTO OUTFILE S3 's3://batchquery-s3/output/seven' OVERWRITE ON"

test('every command that takes a run takes `last` and the beginning of an id', async () => {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', EXPORT)
  for (const id of ['monthly-1', 'monthly-2', 'daily-1'])
    expect(await workspace.run(['run', 'task.sql', '--run-id', id])).toMatchObject({ code: 0 })
  for (const [written, id] of [
    ['last', 'daily-1'],
    ['d', 'daily-1'],
    ['monthly-1', 'monthly-1'],
  ]) {
    expect(documentOf(await workspace.run(['show', written, '--json']))).toMatchObject({ id })
    expect(documentOf(await workspace.run(['logs', written, '--json']))).toMatchObject({ run: id })
    expect(documentOf(await workspace.run(['verify', written, '--json']))).toMatchObject({ run: id })
    expect(documentOf(await workspace.run(['get', written, '--overwrite', '--json']))).toMatchObject({
      run: id,
    })
    const cancelled = await workspace.run(['cancel', written])
    expect(cancelled).toMatchObject({ code: 0, stdout: `${id}\tSUCCEEDED\n` })
    expect(cancelled.stderr.includes(`${written} is run ${id}\n`)).toBe(written !== id)
  }
  const ambiguous = await workspace.run(['show', 'month'])
  expect(ambiguous).toMatchObject({ code: 2, stdout: '' })
  expect(ambiguous.stderr).toContain('several runs begin with month: monthly-2, monthly-1\n')
})
