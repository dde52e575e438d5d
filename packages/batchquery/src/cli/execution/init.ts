import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  CONFIG_FILE,
  CONFIG_TEMPLATE,
  OTHER_CONFIG_FILE,
  type StackRequest,
  stackRequest,
} from '../../config/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { discoverStack } from '../../submit/configuration.ts'
import type { Execute } from '../command.ts'

export const init: Execute = async ({ operands: [dir = '.'], options }, { environment, folder, log }) => {
  const path = resolve(folder, dir, CONFIG_FILE)
  const other = resolve(folder, dir, OTHER_CONFIG_FILE)
  if (existsSync(other))
    throw new BatchQueryError('OUTPUT_EXISTS', `${other} already exists`, {
      hint: 'Edit it, or remove it. A folder can have only one settings file.',
    })
  const request = stackRequest(options, environment, null, false)
  const content = request === null ? CONFIG_TEMPLATE : await contentOf(request, dirname(path))
  await write(path, content, options.force ?? false)
  log.info(
    request === null
      ? 'next: name your database in it, then `batchquery run ./report.sql`'
      : 'next: `batchquery doctor`, then `batchquery run ./report.sql`',
  )
  return { document: { file: path }, text: path, exitCode: 0 }
}

async function contentOf(request: StackRequest, folder: string): Promise<string> {
  const { stackFile } = await import('../../config/discovery.ts')
  return stackFile(await discoverStack(request, folder))
}

async function write(path: string, content: string, replace: boolean): Promise<void> {
  try {
    await writeFile(path, content, { flag: replace ? 'w' : 'wx' })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new BatchQueryError('OUTPUT_EXISTS', `${path} already exists`, {
        cause,
        hint: 'Edit it, or add --force to replace it.',
      })
    throw new BatchQueryError('PERMISSION', `cannot write ${path}: ${cause}`, {
      cause,
      hint: 'Name an existing folder that you can write to.',
    })
  }
}
