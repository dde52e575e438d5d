import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, inject, test } from 'vitest'
import { freshDatabase, runAsAdmin } from '../setup/mariadb-client.ts'
import { numbers } from '../setup/mysql-numbers.ts'
import { PROGRAM, Workspace } from './workspace.ts'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

interface ShellBlock {
  readonly commands: string
  /** The block of text that follows; undefined if there is none. */
  readonly output: string | undefined
}

/** The commands of a document, block by block. */
async function shellBlocks(document: string): Promise<ShellBlock[]> {
  const text = await readFile(join(ROOT, document), 'utf8')
  const blocks = text.matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)
  return [...blocks].map(([, commands, output]) => ({ commands, output }))
}

test('every command of the README and the pages for users runs, in order, unchanged, with the output that follows it', async () => {
  const { port, user, password } = inject('mariadb')
  const database = await freshDatabase()
  await runAsAdmin(
    `CREATE TABLE ${database}.table1 (id INTEGER, attr1 VARCHAR(10), attr2 VARCHAR(10))`,
    `INSERT INTO ${database}.table1 SELECT seq, 'a,"b"', NULL FROM ${numbers(1000)}`,
  )
  const workspace = await Workspace.create()
  await workspace.write('batchquery', `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  await execa('chmod', ['755', join(workspace.folder, 'batchquery')])

  const documents = [
    'README.md',
    'docs/operations.md',
    'docs/sql-tasks.md',
    'docs/scripts.md',
    'docs/from-the-article.md',
    'docs/types.md',
  ]
  const blocks = (await Promise.all(documents.map(shellBlocks))).flat()
  expect(blocks.length).toBe(31)
  for (const { commands, output } of blocks) {
    const isOfTheClone = commands.startsWith('npm ')
    const input = commands
      .replace('mysql://reader@localhost:3306/db01', `mysql://${user}@127.0.0.1:${port}/${database}`)
      .replace("MYSQL_PWD='secret'", `MYSQL_PWD='${password}'`)
    // Not as an argument: every user of the machine can see those.
    const { stdout } = await execa('bash', ['-euo', 'pipefail', '-s'], {
      input,
      cwd: isOfTheClone ? ROOT : workspace.folder,
      extendEnv: false,
      env: {
        PATH: [workspace.folder, dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: workspace.folder,
      },
    })
    if (output !== undefined) expect(`${stdout}\n`).toBe(output)
  }
  expect(await workspace.files('out')).toContain('result.part_00000.gz')
})
