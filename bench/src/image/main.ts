import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CONTAINERS_CONF, confinedArguments, IMAGES } from '../../../packages/batchquery/test/image/podman.ts'
import { mysqlUrl, s3Environment } from '../connections.ts'
import { BUCKET, Objects } from '../objects.ts'
import { type Servers, startServers } from '../servers.ts'
import { median } from '../statistics.ts'
import { timeToFirstLine } from './first-line.ts'

/** `npm run bench:image`: how long a container of the image takes until its first line of log, and until its end. */

const ROUNDS = 5
/** The smallest share of a CPU on Fargate, and a whole one. */
const SIZES = [256, 1024]
const KEY = 'script/start.sql'
const STATEMENT = `SELECT 1 INTO OUTFILE S3 's3://${BUCKET}/output/start' OVERWRITE ON`

const run = promisify(execFile)

async function main(): Promise<void> {
  const servers = await startServers(1)
  try {
    const objects = new Objects(servers.s3)
    await objects.makeBucket()
    await objects.put(KEY, STATEMENT)
    for (const cpu of SIZES) await measure(servers, cpu)
  } finally {
    await servers.stop()
  }
}

/** In turn, so that other load on the machine affects all alike. */
async function measure({ mariadb, s3 }: Servers, cpu: number): Promise<void> {
  const environment = {
    ...s3Environment(s3),
    BATCHQUERY_STORE: 's3',
    BATCHQUERY_DATABASE: mysqlUrl(mariadb),
    MYSQL_PWD: mariadb.password,
  }
  const confined = (name: string) => ({
    ...{ image: IMAGES.plain, name, cpu, memory: 512, command: [BUCKET, KEY] },
    ...{ variables: Object.keys(environment), files: [...new Set([mariadb.caFile, s3.caFile])] },
  })
  const env = { ...process.env, ...environment, CONTAINERS_CONF }
  const nothing: number[] = []
  const first: number[] = []
  const whole: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const bare = confinedArguments({
      ...confined(`batchquery-bench-${process.pid}-${round}-bare`),
      command: [],
    })
    const startedAt = performance.now()
    await run('podman', [...bare.slice(0, -1), '--entrypoint', '/bin/true', IMAGES.plain], { env })
    nothing.push(performance.now() - startedAt)
    const name = `batchquery-bench-${process.pid}-${round}`
    const times = await timeToFirstLine('podman', confinedArguments(confined(name)), env)
    first.push(times.firstMs)
    whole.push(times.wholeMs)
  }
  const ms = (values: readonly number[]) => `${Math.round(median(values) ?? 0)} ms`
  process.stdout.write(
    `${cpu / 1024} CPU: a container that does nothing ${ms(nothing)}; first line of log ${ms(first)}; a run on S3 as a whole ${ms(whole)}\n`,
  )
}

await main()
