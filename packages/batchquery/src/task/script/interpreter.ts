import { access, constants } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'

/**
 * Finds the file of a program: the path itself, or a file in the PATH.
 *
 * @throws INTERPRETER_MISSING with the image that contains it
 */
export async function findInterpreter(program: string, path: string): Promise<string> {
  const candidates = program.includes('/')
    ? [program]
    : path.split(delimiter).flatMap(folder => (folder === '' ? [] : join(folder, program)))
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate
  throw new BatchQueryError(
    'INTERPRETER_MISSING',
    `the task needs ${quoted(program)}, which is not installed here`,
    {
      hint: hintFor(basename(program)),
    },
  )
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function hintFor(program: string): string {
  if (/^python/.test(program)) return 'Install python3, or use the image variant `python`, which has it.'
  if (/^(bash|sh|node)$/.test(program)) return `Install ${program}, or use the plain image, which has it.`
  return `Install ${program}, or build an image from ours that has it.`
}
