import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { BatchQueryError } from '../errors/index.ts'
import { textRecord } from '../platform/text-record.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { Store } from '../store/store.ts'
import { environmentKey } from './keys.ts'
import { invalidObject, parseObject, toJsonBytes } from './parse-object.ts'

/** The variable with the SHA-256 of the stored variables. */
const VARIABLE = 'BATCHQUERY_ENVIRONMENT'

/** The system accepts little more for all arguments and variables of a process. */
const MAX_BYTES = 512 * 1024

const schema = v.object({ version: v.literal(1), variables: textRecord })

type Variables = Readonly<Record<string, string>>

/**
 * Puts variables into the store for a runner whose engine has no room for them.
 *
 * @returns the variable by which the runner finds them
 * @throws USAGE if they are too large for any process
 */
export async function storeEnvironment(
  store: Store,
  bucket: string,
  id: string,
  variables: Variables,
): Promise<Variables> {
  const bytes = toJsonBytes({ version: 1, variables })
  if (bytes.length > MAX_BYTES)
    throw new BatchQueryError('USAGE', `the variables of run ${id} have ${bytes.length} bytes`, {
      hint: `Put long values into an object of the store, and pass its name. A process has room for ${MAX_BYTES} bytes.`,
    })
  const sha256 = digest(bytes)
  await store.put({ bucket, key: environmentKey(id, sha256) }, bytes)
  return { [VARIABLE]: sha256 }
}

/**
 * Adds the stored variables to the environment of a runner. Takes only batchquery's own variables, and checks their SHA-256.
 * Otherwise a program that may write to the bucket could choose the servers that the runner connects to.
 *
 * @throws RUN_RECORD_INVALID
 */
export async function loadEnvironment(
  store: Store,
  bucket: string,
  id: string,
  environment: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const sha256 = environment[VARIABLE]
  if (!sha256) return environment
  const address = { bucket, key: environmentKey(id, sha256) }
  const where = store.uriOf(address)
  const bytes = await readBounded(store, address, MAX_BYTES)
  if (bytes === null || bytes === 'too large' || digest(bytes) !== sha256)
    throw invalidObject(where, 'its bytes are not the ones that the submitter wrote')
  const { variables } = parseObject(schema, bytes, where)
  const ours = Object.entries(variables).filter(([name]) => name.startsWith('BATCHQUERY_'))
  return { ...environment, ...Object.fromEntries(ours) }
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
