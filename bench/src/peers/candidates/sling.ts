import { chmod, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { BUCKET } from '../../objects.ts'
import { qualified, theirUrl } from '../sources.ts'
import { type Candidate, type Job, RESULT_KEY, s3Credentials } from './candidate.ts'

const EXTENSIONS = ['json', 'httpfs', 'aws']

/**
 * Sling. By default it writes Parquet through DuckDB's command line, which it downloads. The bench uses the one from PyPI instead.
 *
 * @param folder of the Python packages of Sling and DuckDB
 */
export const slingCandidates = (folder: string): readonly Candidate[] => [
  sling(folder, 'defaults (Snappy, by DuckDB 1.4.4)', {}),
  sling(folder, 'Zstandard, by DuckDB 1.4.4', { compression: 'zstd' }),
]

function sling(folder: string, settings: string, options: object): Candidate {
  const program = join(folder, 'sling_linux_amd64/bin/sling-linux-amd64')
  const duckdb = join(folder, 'bin/duckdb')
  return {
    program: 'Sling 1.4.11',
    settings,
    isOurs: false,
    isText: false,
    targets: ['directory', 's3'],
    command: async job => {
      // The wheels do not mark them as programs.
      for (const file of [program, duckdb]) await chmod(file, 0o755)
      const target = targetOf(job)
      return {
        argv: [
          ...[program, 'run', '--src-conn', 'SOURCE', '--src-stream', qualified(job.source, job.table)],
          ...target.argv,
          ...['--tgt-options', JSON.stringify({ format: 'parquet', ...options })],
        ],
        folder: job.folder,
        environment: {
          SOURCE: sourceUrl(job),
          HOME: await homeWithExtensions(folder, job.folder),
          SLING_HOME_DIR: join(job.folder, 'sling'),
          SLING_DISABLE_TELEMETRY: 'TRUE',
          DUCKDB_PATH: duckdb,
          ...target.environment,
        },
      }
    },
  }
}

const sourceUrl = ({ source }: Job): string =>
  source.dialect === 'postgres'
    ? theirUrl(source, 'postgresql', '?sslmode=require')
    : theirUrl(source, 'mysql', '?tls=false')

function targetOf({ folder, s3 }: Job): { argv: readonly string[]; environment: NodeJS.ProcessEnv } {
  if (s3 === null)
    return { argv: ['--tgt-object', `file://${join(folder, 'result.parquet')}`], environment: {} }
  const connection = {
    type: 's3',
    bucket: BUCKET,
    endpoint: s3.endpoint,
    region: s3.region,
    access_key_id: s3.accessKeyId,
    secret_access_key: s3.secretAccessKey,
    url_style: 'path',
    use_ssl: 'false',
  }
  return {
    argv: ['--tgt-conn', 'S3', '--tgt-object', `s3://${BUCKET}/${RESULT_KEY}.parquet`],
    environment: { S3: JSON.stringify(connection), ...s3Credentials(s3) },
  }
}

/** A home in which DuckDB finds its extensions, so that it downloads none. */
async function homeWithExtensions(packages: string, jobFolder: string): Promise<string> {
  const home = join(jobFolder, 'home')
  for (const name of EXTENSIONS) {
    const parent = join(packages, `duckdb_extension_${name}/extensions`)
    const [version = ''] = await readdir(parent)
    const place = join(home, '.duckdb/extensions', version, 'linux_amd64')
    await mkdir(place, { recursive: true })
    const file = `${name}.duckdb_extension`
    await symlink(join(parent, version, file), join(place, file))
  }
  return home
}
