import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mysqlUrl, postgresUrl } from './connections.ts'
import type { Objects } from './objects.ts'
import type { ClientCommand } from './process/client-command.ts'
import { measure, type Usage } from './process/measure.ts'
import type { Nodes } from './process/node-program.ts'
import type { Servers } from './servers.ts'
import type { Dialect } from './subject.ts'

/** The context of a scenario: the servers, a folder to write to, and the way to measure a command. */
export class Bench {
  readonly servers: Servers
  readonly objects: Objects
  readonly nodes: Nodes
  /** Whether the output is compared byte by byte. */
  readonly smoke: boolean
  /** The folder that clients write to, on the filesystem of the servers. It is removed when this process ends. */
  readonly folder: string

  constructor(parts: {
    readonly servers: Servers
    readonly objects: Objects
    readonly nodes: Nodes
    readonly smoke: boolean
    readonly folder: string
  }) {
    this.servers = parts.servers
    this.objects = parts.objects
    this.nodes = parts.nodes
    this.smoke = parts.smoke
    this.folder = parts.folder
  }

  /** Runs a command with the passwords of the databases in its environment. */
  measure(command: ClientCommand): Promise<Usage> {
    const { mariadb, postgres } = this.servers
    const passwords = { MYSQL_PWD: mariadb.password, PGPASSWORD: postgres.password }
    const environment = { ...passwords, ...command.environment }
    return measure({ ...command, environment }, join(this.folder, 'times'))
  }

  /** As `measure`, but without a measurement. */
  async run(argv: readonly string[]): Promise<void> {
    await this.measure({ argv })
  }

  /** The URL of a database for batchquery. */
  urlOf(dialect: Dialect): string {
    switch (dialect) {
      case 'mysql':
        return mysqlUrl(this.servers.mariadb)
      case 'postgres':
        return postgresUrl(this.servers.postgres)
      case 'duckdb':
        return `duckdb:${this.duckdbFile}`
    }
  }

  get duckdbFile(): string {
    return join(this.folder, 'bench.duckdb')
  }

  /** Removes everything that a client has put into S3. */
  async clearObjects(): Promise<void> {
    await this.objects.clear()
    if (!this.smoke) await this.servers.collectGarbage()
  }

  /** Calls `work` with a path of its own, and removes everything there afterwards. */
  async withPath<T>(work: (path: string) => Promise<T>, parent = this.folder): Promise<T> {
    const path = join(parent, `bench-${randomBytes(6).toString('hex')}`)
    try {
      return await work(path)
    } finally {
      await rm(path, { recursive: true, force: true })
    }
  }
}
