import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { S3 } from '@aws-sdk/client-s3'
import { makeCertificates } from '../setup/certificates.ts'
import type { MariadbServer } from '../setup/mariadb.ts'
import type { PostgresServer } from '../setup/postgres.ts'
import type { S3Server } from '../setup/radosgw.ts'
import { bundleRunner } from './bundle-runner.ts'
import { duckdbSubject } from './duckdb-subject.ts'
import { mysqlSubject } from './mysql-subject.ts'
import { s3Client } from './places.ts'
import { postgresSubject } from './postgres-subject.ts'
import type { Dialect, Subject } from './subject.ts'

export interface Servers {
  readonly mariadb: MariadbServer
  readonly postgres: PostgresServer
  readonly s3: S3Server
}

/** The certificate of a proxy that ends TLS. */
export interface ProxyCertificate {
  readonly cert: string
  readonly key: string
  readonly caFile: string
}

/** The servers that all trials of a campaign share, their tables, and the bytes of their exports. */
export class World {
  readonly servers: Servers
  readonly s3: S3
  readonly folder: string
  readonly certificate: ProxyCertificate
  /** The bundle of runner.ts. */
  readonly runner: string
  readonly subjects: Readonly<Record<Dialect, Subject>>
  readonly #expected = new Map<string, Promise<Buffer>>()

  private constructor(
    servers: Servers,
    folder: string,
    certificate: ProxyCertificate,
    runner: string,
    subjects: Readonly<Record<Dialect, Subject>>,
  ) {
    this.servers = servers
    this.s3 = s3Client(servers.s3)
    this.folder = folder
    this.certificate = certificate
    this.runner = runner
    this.subjects = subjects
  }

  /** @param users how many trials may run at once: each has its own user, see `userOf` */
  static async create(servers: Servers, users: number): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'batchquery-campaign-'))
    const { certFile, keyFile, caFile } = await makeCertificates(join(folder, 'tls'))
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
    const [bundle, mysql, postgres, duckdb] = await Promise.all([
      bundleRunner(),
      mysqlSubject(servers.mariadb),
      postgresSubject(servers.postgres),
      duckdbSubject(folder),
    ])
    const world = new World(servers, folder, { cert, key, caFile }, join(bundle, 'runner.js'), {
      mysql,
      postgres,
      duckdb,
    })
    for (let slot = 0; slot < users; slot++)
      for (const subject of [mysql, postgres]) await subject.addUser(world.userOf(slot))
    return world
  }

  /** Each campaign on the same servers has other users. */
  userOf(slot: number): string {
    return `campaign_${this.#mark}_${slot}`
  }

  /** Includes the campaign, because the ids of runs identify their processes on this machine. */
  runIdOf(name: string): string {
    return `${name}-${this.#mark}`
  }

  get #mark(): string {
    return this.folder.slice(-6).toLowerCase()
  }

  /** Computed once. */
  expected(dialect: Dialect, rows: number): Promise<Buffer> {
    const key = `${dialect} ${rows}`
    const known = this.#expected.get(key) ?? this.subjects[dialect].expected(rows)
    this.#expected.set(key, known)
    return known
  }

  async trialFolder(name: string): Promise<string> {
    const folder = join(this.folder, name)
    await mkdir(join(folder, 'tmp'), { recursive: true })
    return folder
  }

  async close(): Promise<void> {
    for (const subject of Object.values(this.subjects)) await subject.close()
    this.s3.destroy()
    await rm(this.folder, { recursive: true, force: true })
    await rm(dirname(this.runner), { recursive: true })
  }
}
