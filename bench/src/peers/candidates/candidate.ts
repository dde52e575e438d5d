import type { S3Server } from '../../../../packages/batchquery/test/setup/radosgw.ts'
import type { ClientCommand } from '../../process/client-command.ts'
import type { Source } from '../sources.ts'

export const TARGETS = ['directory', 's3'] as const
export type Target = (typeof TARGETS)[number]

/** An export of a whole table. */
export interface Job {
  readonly source: Source
  readonly table: string
  /** Empty, for all that the program writes to disk. */
  readonly folder: string
  /** The store of the result, with an empty bucket. Null for `folder`. */
  readonly s3: S3Server | null
}

/** A program with its settings. */
export interface Candidate {
  /** The program with its version, without the settings. */
  readonly program: string
  /** The settings, for a person. */
  readonly settings: string
  readonly isOurs: boolean
  /** Whether the result is lines of text. Otherwise it is Parquet. */
  readonly isText: boolean
  readonly targets: readonly Target[]
  /** Writes configuration files, and returns the command. */
  command(job: Job): Promise<ClientCommand>
}

export const titleOf = ({ program, settings }: Pick<Candidate, 'program' | 'settings'>): string =>
  `${program}, ${settings}`

/** The key of the result in the bucket, without an ending. */
export const RESULT_KEY = 'output/result'

/** The credentials of S3 as the SDKs read them. */
export const s3Credentials = (s3: S3Server): NodeJS.ProcessEnv => ({
  AWS_ACCESS_KEY_ID: s3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  AWS_REGION: s3.region,
})
