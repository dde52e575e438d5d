import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CONFIG_FILE, CONFIG_TEMPLATE } from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Execute } from '../command.ts'

export const init: Execute = async ({ operands: [dir = '.'], options }, { folder, log }) => {
  const path = resolve(folder, dir, CONFIG_FILE)
  await write(path, options.force ?? false)
  log.info('next: name your database in it, then `batchquery run ./report.sql`')
  return { document: { file: path }, text: path, exitCode: 0 }
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
