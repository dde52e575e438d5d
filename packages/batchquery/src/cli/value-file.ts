import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { readValueText, SAVE_AGAIN, withoutLineFeed } from '../platform/index.ts'

/**
 * Reads a value from a file: its text without the last line feed, which editors add.
 *
 * @param written the option on the command line, for messages: `-p name=@file`
 * @param folder a relative path starts here
 * @throws USAGE
 */
export async function readValueFile(written: string, path: string, folder: string): Promise<string> {
  const read = readValueText(await bytesOf(written, resolve(folder, path)))
  if (read.fault === null) return withoutLineFeed(read.text)
  throw new BatchQueryError('USAGE', `${written}: the file ${read.fault}, so it cannot be the value`, {
    hint: SAVE_AGAIN,
  })
}

async function bytesOf(written: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new BatchQueryError('USAGE', `${written}: cannot read the file`, {
      cause,
      hint: 'Name a file that you can read. Its whole content is the value.',
    })
  }
}
