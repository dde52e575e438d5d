import { randomBytes } from 'node:crypto'
import { expect, inject } from 'vitest'
import { AURORA_3, AuroraFront, type Cluster, UNFINISHED } from '../../aurora/aurora-front.ts'
import { freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { adminClient, freshBucket, taskEnvironment } from '../../setup/s3-client.ts'
import { type Ended, type Started, Workspace } from '../workspace.ts'

export const ROWS = 500

/** A table in MariaDB behind an Aurora of one kind, a bucket, and a place to run tasks from. */
export class Scene {
  readonly bucket: string
  readonly front: AuroraFront
  readonly workspace: Workspace
  readonly environment: NodeJS.ProcessEnv
  readonly table: string

  private constructor(
    bucket: string,
    front: AuroraFront,
    workspace: Workspace,
    environment: NodeJS.ProcessEnv,
    table: string,
  ) {
    this.bucket = bucket
    this.front = front
    this.workspace = workspace
    this.environment = environment
    this.table = table
  }

  static async set(cluster: Partial<Cluster> = {}): Promise<Scene> {
    const table = `${await freshDatabase()}.t`
    await runAsAdmin(
      `CREATE TABLE ${table} (id INT, name VARCHAR(40))`,
      `INSERT INTO ${table} SELECT seq, IF(seq % 7 = 0, NULL, CONCAT('it''s\\ta "name" ', seq)) FROM ${numbers(ROWS)}`,
    )
    const bucket = await freshBucket()
    const front = await AuroraFront.start({ ...AURORA_3, ...cluster })
    const environment = {
      ...(await taskEnvironment(bucket)),
      BATCHQUERY_DATABASE: front.url,
      MYSQL_PWD: inject('mariadb').password,
    }
    return new Scene(bucket, front, await Workspace.create(), environment, table)
  }

  /** Exports the table, or some rows of it. */
  async run(prefix: string, clauses = '', flags: readonly string[] = [], where = ''): Promise<Ended> {
    const id = `r-${randomBytes(4).toString('hex')}`
    const to = `s3://${this.bucket}/${prefix}`.replaceAll("'", "''")
    await this.workspace.write(
      'task.sql',
      `SELECT * FROM ${this.table} ${where} ORDER BY id\n INTO OUTFILE S3 '${to}' ${clauses};`,
    )
    return this.command('run', 'task.sql', '--run-id', id, '--json', ...flags)
  }

  /** Starts an export that takes half a minute. */
  async startSlow(id: string, clauses = '', flags: readonly string[] = []): Promise<Started> {
    const to = `s3://${this.bucket}/output/slow`
    await this.workspace.write(
      'slow.sql',
      `SELECT * FROM ${this.table} WHERE SLEEP(0.06) = 0 INTO OUTFILE S3 '${to}' ${clauses};`,
    )
    const line = ['run', 'slow.sql', '--run-id', id, '--json', ...flags]
    const started = this.workspace.start(line, { environment: this.environment })
    await expect.poll(() => this.objects()).toHaveProperty('output/slow.part_00000', UNFINISHED)
    return started
  }

  command(...line: readonly string[]): Promise<Ended> {
    return this.workspace.run(line, { environment: this.environment })
  }

  /** The objects under a prefix, by their names. */
  async objects(prefix = 'output/'): Promise<Record<string, string>> {
    const { Contents = [] } = await adminClient().listObjectsV2({ Bucket: this.bucket, Prefix: prefix })
    const read = async (Key = ''): Promise<[string, string]> => {
      const { Body } = await adminClient().getObject({ Bucket: this.bucket, Key })
      return [Key, (await Body?.transformToString()) ?? '']
    }
    return Object.fromEntries(await Promise.all(Contents.map(({ Key }) => read(Key))))
  }

  async joined(prefix: string): Promise<string> {
    const parts = Object.entries(await this.objects(`${prefix}.part_`)).sort(([one], [other]) =>
      one < other ? -1 : 1,
    )
    return parts.map(([, text]) => text).join('')
  }
}
