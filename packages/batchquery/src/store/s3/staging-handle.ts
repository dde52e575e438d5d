import { randomBytes } from 'node:crypto'
import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import type { ObjectAddress, StageToken } from '../store.ts'

/**
 * A staged object as a token's `handle` names it: `<stage id>:<upload id>`. S3 chooses the upload id, and forgets it with the commit.
 * The stage id is random, and the object keeps it in its metadata. By it any process recognizes the object under the key as the
 * staged one.
 */
export interface StagingHandle {
  readonly stageId: string
  readonly uploadId: string
}

/** The names of a staged object's metadata: its owner, for messages, and its stage id. */
export const OWNER = 'batchquery-run'
export const STAGE_ID = 'batchquery-stage'

/** The kind of the tokens of S3 stores. */
const KIND = 's3'

const HANDLE = /^(?<stageId>[0-9a-f]{32}):(?<uploadId>[\x21-\x7e]{1,1024})$/

export const newStageId = (): string => randomBytes(16).toString('hex')

export function issueToken({ bucket, key }: ObjectAddress, owner: string, handle: StagingHandle): StageToken {
  return { kind: KIND, bucket, key, owner, handle: `${handle.stageId}:${handle.uploadId}` }
}

export const isS3Token = ({ kind }: StageToken): boolean => kind === KIND

/** @throws BatchQueryError KEY_INVALID if no S3 store issued the token */
export function parseHandle(token: StageToken): StagingHandle {
  const groups = isS3Token(token) ? HANDLE.exec(token.handle)?.groups : undefined
  const { stageId, uploadId } = groups ?? {}
  if (stageId === undefined || uploadId === undefined) {
    throw new BatchQueryError(
      'KEY_INVALID',
      `The handle ${quoted(token.handle)} (${token.kind}) does not name an upload that an S3 store has staged.`,
      { hint: 'Pass the token, unchanged, to the store that created it.' },
    )
  }
  return { stageId, uploadId }
}
