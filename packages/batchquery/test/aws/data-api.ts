import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { ExecuteStatementRequest$, ExecuteStatementResponse$ } from '@aws-sdk/client-rds-data'
import { shapeFaults } from '../ecs/shapes.ts'

/** A server's error for a statement that it refuses. */
export interface Refusal {
  readonly name: string
  readonly message: string
}

/** A cluster of the service. A real server runs its statements. */
export interface Cluster {
  readonly secret: string
  readonly isEnabled: boolean
  /** @throws the server's error */
  run(sql: string, database: string | null): Promise<void>
}

const SIGNED = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/rds-data\/aws4_request,/

/**
 * The RDS Data API, as far as batchquery uses it: ExecuteStatement in AWS's REST protocol with JSON. It checks
 * requests and answers against the SDK's shapes.
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html
 */
export class DataApiStandIn {
  readonly region = 'us-east-1'
  /** By ARN. */
  readonly clusters = new Map<string, Cluster>()
  /** Statements, in order. */
  readonly asked: string[] = []
  /** The next answers, to any request. */
  refusals: Refusal[] = []
  url = ''
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<DataApiStandIn> {
    const server = createServer()
    const standIn = new DataApiStandIn(server)
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      standIn.#respond(request, response).catch((error: Error) => response.destroy(error))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    standIn.url = `http://127.0.0.1:${address.port}`
    return standIn
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = request
    const [, region] = SIGNED.exec(headers.authorization ?? '') ?? []
    const body = JSON.parse(await text(request))
    if (method !== 'POST' || url !== '/Execute' || region !== this.region)
      throw new Error(`no signed ExecuteStatement: ${method} ${url} ${JSON.stringify(headers)}`)
    const refusal = this.refusals.shift() ?? (await this.#answer(body))
    if (refusal !== null) {
      response.writeHead(400, { 'content-type': 'application/json', 'x-amzn-errortype': refusal.name })
      response.end(JSON.stringify({ message: refusal.message }))
      return
    }
    const answer = { generatedFields: [], numberOfRecordsUpdated: 0 }
    const faults = shapeFaults(ExecuteStatementResponse$, answer)
    if (faults.length > 0) throw new Error(`the answer is none of AWS: ${faults.join('; ')}`)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  }

  async #answer(input: Record<string, unknown>): Promise<Refusal | null> {
    const faults = shapeFaults(ExecuteStatementRequest$, input)
    if (faults.length > 0) return { name: 'BadRequestException', message: faults.join('; ') }
    const cluster = this.clusters.get(String(input.resourceArn))
    if (cluster === undefined) return { name: 'DatabaseNotFoundException', message: 'no such cluster' }
    if (!cluster.isEnabled)
      return { name: 'HttpEndpointNotEnabledException', message: 'HttpEndpoint is not enabled for cluster' }
    if (input.secretArn !== cluster.secret)
      return { name: 'SecretsErrorException', message: 'Database credentials secret not found' }
    const sql = String(input.sql)
    this.asked.push(sql)
    try {
      await cluster.run(sql, typeof input.database === 'string' ? input.database : null)
      return null
    } catch (thrown) {
      return { name: 'DatabaseErrorException', message: thrown instanceof Error ? thrown.message : '' }
    }
  }
}
