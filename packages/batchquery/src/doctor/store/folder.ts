import { statfs } from 'node:fs/promises'
import prettyBytes from 'pretty-bytes'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import { nearestFolder } from '../nearest-folder.ts'

const MIB = 1024 ** 2
/** The blocks of one export. */
const LEAST = 64 * MIB
const LITTLE = 1024 * MIB

/** @throws STORE_FULL if not even one export could begin */
export async function lookForRoom(path: string): Promise<Finding> {
  const folder = await nearestFolder(path)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const figure = `${prettyBytes(free)} free`
  if (free < LEAST)
    throw new BatchQueryError('STORE_FULL', `${folder}: ${figure}`, {
      hint: 'Make room on this filesystem, or use another directory: --store DIR.',
    })
  if (free >= LITTLE) return { figure }
  return {
    figure,
    warnings: [`${figure} under ${folder}; a new result and the earlier one that it replaces must both fit`],
  }
}
