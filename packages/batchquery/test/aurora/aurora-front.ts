import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { beginParts, existsAt, uploadParts } from './own-parts.ts'
import { isOwnExport, type OwnStatement, readOwnStatement } from './own-statement.ts'
import { errorPacket, isError, type Packet, PacketCutter, packetBytes } from './packets.ts'

const COM_QUERY = 0x03

/** The content of the first part while a statement runs. */
export const UNFINISHED = 'unfinished'

/** The properties of an Aurora cluster. */
export interface Cluster {
  readonly version: string
  /** Cluster parameters that name the role. */
  readonly parameters: Readonly<Record<string, string>>
  /** As `SHOW GRANTS` prints them. */
  readonly grants: readonly string[]
  /** Whether the role is active in every session. */
  readonly activatesRoles: boolean
  readonly partBytes: number
  /** The failure that S3 answers with instead of working: number and text. */
  readonly failure: readonly [number: number, text: string] | null
}

export const AURORA_3: Cluster = {
  version: '3.05.2',
  parameters: { aws_default_s3_role: 'arn:aws:iam::123456789012:role/batchquery-sintos3role' },
  grants: [
    'GRANT SELECT ON `test`.* TO `batchquery`@`%`',
    'GRANT `AWS_SELECT_S3_ACCESS`@`%` TO `batchquery`@`%`',
  ],
  activatesRoles: true,
  partBytes: 1_000,
  failure: null,
}

export const AURORA_2: Cluster = {
  ...AURORA_3,
  version: '2.11.3',
  parameters: { aurora_select_into_s3_role: 'arn:aws:iam::123456789012:role/r', aws_default_s3_role: '' },
  grants: ['GRANT SELECT INTO S3 ON *.* TO `batchquery`@`%`'],
}

/**
 * The features that Aurora has and MariaDB lacks, in front of the real MariaDB. Everything passes through, also login
 * and KILL, except statements that ask for these features. The server's own INTO OUTFILE writes the rows of an
 * export, and this puts them into the real S3 as Aurora's manual says.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html
 */
export class AuroraFront {
  readonly url: string
  /** The export statements that arrived here, unchanged. */
  readonly statements: string[] = []
  readonly #cluster: Cluster
  readonly #server: Server

  private constructor(cluster: Cluster, server: Server, port: number) {
    const { user, database } = inject('mariadb')
    this.url = `mysql://${user}@127.0.0.1:${port}/${database}`
    this.#cluster = cluster
    this.#server = server
  }

  static async start(cluster: Cluster = AURORA_3): Promise<AuroraFront> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
    const front = new AuroraFront(cluster, server, address.port)
    server.on('connection', client => front.#serve(client))
    onTestFinished(() => void front.#server.close())
    return front
  }

  #serve(client: Socket): void {
    const behind = connect(inject('mariadb').port, '127.0.0.1')
    new FrontedSession(client, behind, this.#cluster, this.statements).begin()
  }
}

/** One connection. */
class FrontedSession {
  readonly #client: Socket
  readonly #behind: Socket
  readonly #cluster: Cluster
  readonly #statements: string[]
  #hasRoles: boolean
  /** Takes the one packet that answers an export. */
  #answered: ((packet: Packet) => void) | null = null

  constructor(client: Socket, behind: Socket, cluster: Cluster, statements: string[]) {
    this.#client = client
    this.#behind = behind
    this.#cluster = cluster
    this.#statements = statements
    this.#hasRoles = cluster.activatesRoles
  }

  begin(): void {
    const [asked, answered] = [new PacketCutter(), new PacketCutter()]
    for (const [one, other] of [
      [this.#client, this.#behind],
      [this.#behind, this.#client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
    this.#client.on('data', chunk => {
      for (const packet of asked.push(chunk)) this.#ask(packet)
    })
    this.#behind.on('data', chunk => {
      if (this.#answered === null) this.#client.write(chunk)
      else for (const packet of answered.push(chunk)) this.#answered?.(packet)
    })
  }

  #ask(packet: Packet): void {
    const isQuery = packet.sequence === 0 && packet.payload[0] === COM_QUERY
    const sql = isQuery ? packet.payload.toString('utf8', 1) : ''
    if (isOwnExport(sql)) void this.#export(sql)
    else this.#send(isQuery ? this.#inMariadbsWords(sql) : null, packet)
  }

  #send(sql: string | null, packet: Packet = { sequence: 0, payload: Buffer.alloc(0) }): void {
    const payload =
      sql === null ? packet.payload : Buffer.concat([Buffer.from([COM_QUERY]), Buffer.from(sql)])
    this.#behind.write(packetBytes({ sequence: packet.sequence, payload }))
  }

  /** Rewrites questions that only Aurora could answer. */
  #inMariadbsWords(sql: string): string {
    const { version, parameters, grants } = this.#cluster
    const [, scope, names] = /SHOW (GLOBAL )?VARIABLES WHERE Variable_name IN\s*\(([^)]*)\)/.exec(sql) ?? []
    if (names !== undefined) {
      const own = Object.entries({ aurora_version: version, ...parameters }).filter(([name]) =>
        names.includes(`'${name}'`),
      )
      const rows = own.map(([name, value]) => ` UNION ALL SELECT '${name}', '${value}'`).join('')
      const table = `information_schema.${scope === undefined ? 'SESSION' : 'GLOBAL'}_VARIABLES`
      return `SELECT LOWER(VARIABLE_NAME), VARIABLE_VALUE FROM ${table} WHERE LOWER(VARIABLE_NAME) IN (${names})${rows}`
    }
    if (sql.endsWith('SHOW GRANTS')) return grants.map(grant => `SELECT '${grant}'`).join(' UNION ALL ')
    if (sql.endsWith('CURRENT_ROLE()'))
      return `SELECT '${this.#hasRoles ? (grants.join().match(/AWS_\w+/)?.[0] ?? 'NONE') : 'NONE'}'`
    if (!sql.endsWith('SET ROLE ALL')) return sql
    this.#hasRoles = true
    return 'DO 0'
  }

  async #export(sql: string): Promise<void> {
    this.#statements.push(sql)
    const { failure, grants } = this.#cluster
    const statement = readOwnStatement(sql)
    const mayExport =
      grants.some(grant => /SELECT INTO S3/.test(grant)) ||
      (this.#hasRoles && grants.some(grant => /AWS_/.test(grant)))
    if (statement === null) return this.#refuse(1064, 'You have an error in your SQL syntax')
    if (!mayExport)
      return this.#refuse(
        1227,
        'Access denied; you need (at least one of) the SELECT INTO S3 privilege(s) for this operation',
      )
    if (failure !== null) return this.#refuse(...failure)
    if (!statement.overwrite && (await existsAt(statement)))
      return this.#refuse(63985, 'S3 API returned error: files already exist under the prefix')
    await this.#write(statement)
  }

  async #write(statement: OwnStatement): Promise<void> {
    const file = join(inject('mariadb').outfileDir, `aurora-${randomBytes(6).toString('hex')}`)
    const answer = new Promise<Packet>(resolve => {
      this.#answered = resolve
    })
    await beginParts(statement, UNFINISHED)
    this.#send(statement.intoFile(file))
    const packet = await answer
    // Objects that were written before the failure stay, without a manifest.
    const { partBytes } = this.#cluster
    await uploadParts(file, isError(packet) ? { ...statement, manifest: false } : statement, partBytes).catch(
      () => {},
    )
    await rm(file, { force: true })
    this.#answered = null
    this.#client.write(packetBytes(packet))
  }

  #refuse(number: number, text: string): void {
    this.#client.write(packetBytes(errorPacket(number, text)))
  }
}
