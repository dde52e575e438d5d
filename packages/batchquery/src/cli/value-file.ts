import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { readValueText, SAVE_AGAIN, withoutLineFeed } from '../platform/index.ts'

/**
 * A value that is in a file: its text, but for the line feed that editors end it with.
 *
 * @param written as the command line has it, for messages: `-p name=@file`
 * @param folder what a relative path starts from
 * @throws USAGE
 */
export async function readValueFile(written: string, path: string, folder: string): Promise<string> {
  const read = readValueText(await bytesOf(written, resolve(folder, path)))
  if (read.fault === null) return withoutLineFeed(read.text)
  throw new BatchQueryError('USAGE', `${written}: the file ${read.fault}, and is to be the value`, {
    hint: SAVE_AGAIN,
  })
}

async function bytesOf(written: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new BatchQueryError('USAGE', `${written}: the file cannot be read`, {
      cause,
      hint: 'Name a file that you may read; its content is the value.',
    })
  }
}
