import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BUCKET } from '../../objects.ts'
import type { ClientCommand } from '../../process/client-command.ts'
import { qualified, theirUrl } from '../sources.ts'
import { type Candidate, type Job, RESULT_KEY } from './candidate.ts'

/** rivet, in a new process for each export. @param folder of its Python package, which contains the program */
export const rivetCandidates = (folder: string): readonly Candidate[] => [
  rivet(folder, 'defaults (Zstandard)', {}),
  rivet(folder, 'Snappy, no throttle, 2 chunks in parallel', {
    compression: 'snappy',
    tuning: { profile: 'fast' },
    mode: 'chunked',
    chunk_column: 'id',
    chunk_count: 2,
    parallel: 2,
  }),
]

const rivet = (folder: string, settings: string, options: object): Candidate => ({
  program: 'rivet 0.32.2',
  settings,
  isOurs: false,
  isText: false,
  targets: ['directory', 's3'],
  command: job => rivetCommand(folder, job, options),
})

/** An export by rivet. @param folder of its Python package @param options of the export, as its configuration has them */
export async function rivetCommand(folder: string, job: Job, options: object): Promise<ClientCommand> {
  // JSON is YAML.
  const file = join(job.folder, 'rivet.yaml')
  await writeFile(file, JSON.stringify(configuration(job, options)))
  return {
    argv: [join(folder, 'bin/rivet'), 'run', '--config', file],
    folder: job.folder,
    environment: {
      SOURCE_URL: theirUrl(job.source),
      S3_KEY: job.s3?.accessKeyId,
      S3_SECRET: job.s3?.secretAccessKey,
    },
  }
}

const configuration = ({ source, table, folder, s3 }: Job, options: object) => ({
  source: {
    type: source.dialect,
    url_env: 'SOURCE_URL',
    tls: { mode: source.dialect === 'postgres' ? 'require' : 'disable' },
  },
  exports: [
    {
      name: 'result',
      table: source.dialect === 'postgres' ? qualified(source, table) : table,
      mode: 'full',
      format: 'parquet',
      destination:
        s3 === null
          ? { type: 'local', path: join(folder, 'result') }
          : {
              ...{ type: 's3', bucket: BUCKET, prefix: `${RESULT_KEY}/`, region: s3.region },
              ...{ endpoint: s3.endpoint, access_key_env: 'S3_KEY', secret_key_env: 'S3_SECRET' },
            },
      ...options,
    },
  ],
})
