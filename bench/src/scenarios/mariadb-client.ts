import type { Bench } from '../bench.ts'
import { mariadbArguments, s3Environment } from '../connections.ts'
import { BUCKET } from '../objects.ts'
import { shell } from '../process/client-command.ts'
import type { Limits } from '../process/limits.ts'
import { programPath } from '../process/programs.ts'
import type { Subject } from '../subject.ts'
import { expectEqual, expectWhole } from './checks.ts'
import { ofProcess } from './measurement.ts'
import { type Measurement, type Scenario, TABLES } from './scenario.ts'

const CLIENT = 'mariadb "$@"'
const KEY = 'output/client.tsv'

/** MariaDB's own client: alone, with gzip, and with an upload by the SDK. */
export const mariadbClientScenarios: readonly Scenario[] = [
  {
    id: 'mysql/mariadb-client',
    title: '`mariadb --quick --batch`',
    share: 'some rounds',
    ...common(),
    run: (bench, subject) =>
      bench.withPath(async path => {
        const usage = await bench.measure(client(bench, subject, '> "$OUTPUT"', { OUTPUT: path }))
        await expectWhole(bench, 'mariadb', path, subject, true)
        return ofProcess(usage)
      }),
  },
  {
    id: 'mysql/mariadb-client-gzip',
    title: '`mariadb --quick --batch`, `gzip -1`',
    share: 'one round',
    ...common(),
    programs: ['mariadb', 'gzip'],
    run: (bench, subject) =>
      bench.withPath(async path =>
        ofProcess(await bench.measure(client(bench, subject, '| gzip -1 > "$OUTPUT"', { OUTPUT: path }))),
      ),
  },
  {
    id: 'mysql/mariadb-client-s3',
    title: '`mariadb --quick --batch`, SDK upload to S3',
    share: 'every round',
    ...common(),
    run: (bench, subject) => measureClientUpload(bench, subject),
  },
]

function common() {
  return { family: 'mysql', node: null, subjects: TABLES, programs: ['mariadb'] } as const
}

/** The client, piped into the SDK's managed upload with its default settings, over verified https. */
export async function measureClientUpload(
  bench: Bench,
  subject: Subject,
  limits?: Limits,
): Promise<Measurement> {
  const upload = '| "$NODE" "$UPLOAD" --bucket="$BUCKET" --key="$KEY"'
  const environment = {
    ...s3Environment(bench.servers.s3),
    NODE: bench.nodes.measured[0].path,
    UPLOAD: programPath('upload-stdin'),
    BUCKET,
    KEY,
  }
  try {
    const usage = await bench.measure({
      ...client(bench, subject, upload, environment),
      ...(limits && { limits }),
    })
    const size = await bench.objects.sizeOf(KEY)
    expectEqual(`${KEY} has the whole of ${subject.id}`, `${(size ?? 0) > subject.textBytes * 0.8}`, 'true')
    return ofProcess(usage)
  } finally {
    await bench.clearObjects()
  }
}

function client({ servers }: Bench, { query }: Subject, then: string, environment: NodeJS.ProcessEnv) {
  const args = [
    ...mariadbArguments(servers.mariadb),
    '--quick',
    '--batch',
    '--skip-column-names',
    '-e',
    query,
  ]
  return shell(`${CLIENT} ${then}`, args, environment)
}
