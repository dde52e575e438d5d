import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { BenchError } from './bench-error.ts'

/**
 * Reads the measurements that a run of the bench has kept.
 *
 * @param command the command that writes such files, for messages
 * @throws BenchError if the file is not one of them
 */
export async function readMeasurements<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  command: string,
): Promise<v.InferOutput<Schema>> {
  try {
    return v.parse(schema, JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new BenchError(`${path} has no measurements of \`${command}\`: ${reason}`)
  }
}
