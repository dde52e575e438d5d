import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CONFIG_FILE, CONFIG_TEMPLATE } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Command } from '../command.ts'
import { force, TALK } from '../options.ts'

export const init: Command = {
  name: 'init',
  operands: [{ form: '[dir]', description: 'folder of the project (default: the current one)' }],
  summary: `write a ${CONFIG_FILE} to begin with`,
  description: [
    `Writes a ${CONFIG_FILE} with comments. It is read by every command in its folder and in those below it. Stdout`,
    'gets its path. What it holds:',
    '',
    ...CONFIG_TEMPLATE.trimEnd()
      .split('\n')
      .map(line => `  ${line}`.trimEnd()),
  ].join('\n'),
  options: [force, ...TALK],
  examples: ['init', 'init ./reports --force'],
  async execute({ operands: [dir = '.'], options }, { folder, log }) {
    const path = resolve(folder, dir, CONFIG_FILE)
    await write(path, options.force ?? false)
    log.info('next: name your database in it, then `batchquery run ./report.sql`')
    return { document: { file: path }, text: path, exitCode: 0 }
  },
}

async function write(path: string, replace: boolean): Promise<void> {
  try {
    await writeFile(path, CONFIG_TEMPLATE, { flag: replace ? 'w' : 'wx' })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new BatchQueryError('OUTPUT_EXISTS', `${path} exists already`, {
        cause,
        hint: 'Edit it, or add --force to write it anew.',
      })
    throw new BatchQueryError('PERMISSION', `${path} cannot be written: ${cause}`, {
      cause,
      hint: 'Name a folder that is there and that you may write to.',
    })
  }
}
