import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, inject } from 'vitest'
import { type Stage, stage } from '../cli/fargate/stage.ts'
import { freshDatabase, runAsAdmin } from '../setup/mariadb-client.ts'
import { IMAGES } from './podman.ts'

/** ECS whose tasks are containers of the image, and a database that they log in to with the token of their role. */
export interface ImageStage extends Stage {
  /** The database of `table1`. */
  readonly database: string
  /** With `auth=iam`. */
  readonly databaseUrl: string
  /** Defines the task definition `batchquery`. */
  defineImage(image?: string): void
}

export async function imageStage(): Promise<ImageStage> {
  const staged = await stage()
  const database = await freshDatabase()
  const user = `token_${randomBytes(4).toString('hex')}`
  const { port, caFile } = inject('mariadb')
  const { caFile: s3CaFile, secureEndpoint } = inject('s3')
  const { service, region, keysFile } = inject('tokens')
  const databaseUrl = `mysql://${user}@localhost:${port}/${database}?auth=iam&region=${region}&sslrootcert=${caFile}`
  beforeAll(async () => {
    const known = JSON.parse(await readFile(keysFile, 'utf8'))
    const { accessKeyId } = staged.credentials
    await writeFile(
      keysFile,
      JSON.stringify({ ...known, keys: { ...known.keys, [accessKeyId]: staged.credentials } }),
    )
    await runAsAdmin(
      `CREATE USER ${user}@'%' IDENTIFIED VIA pam USING '${service}' REQUIRE SSL`,
      `GRANT SELECT ON ${database}.* TO ${user}@'%'`,
    )
  })
  afterAll(() => runAsAdmin(`DROP USER ${user}@'%'`))
  return {
    ...staged,
    database,
    databaseUrl,
    defineImage: (image = IMAGES.plain) =>
      staged.define({
        image: { name: image, files: [...new Set([caFile, s3CaFile])] },
        environment: {
          AWS_ENDPOINT_URL_S3: secureEndpoint,
          NODE_EXTRA_CA_CERTS: s3CaFile,
          BATCHQUERY_DATABASE: databaseUrl,
        },
      }),
  }
}
