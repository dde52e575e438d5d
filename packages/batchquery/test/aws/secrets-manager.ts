import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { GetSecretValueRequest$ } from '@aws-sdk/client-secrets-manager'
import { shapeFaults } from '../ecs/shapes.ts'

/** A secret, as a reader sees it. */
export interface KeptSecret {
  /** Its texts by the stage of their version. */
  readonly versions: Readonly<Record<string, string>>
  /** It was deleted, but can still be restored. */
  readonly isMarkedForDeletion?: boolean
  /** No policy allows the reader to read it. */
  readonly isForbidden?: boolean
}

/** A request, in AWS's JSON 1.1. */
export interface Asked {
  readonly secret: string
  readonly stage: string
}

const ACCOUNT = '123456789012'

/**
 * A stand-in for AWS Secrets Manager: GetSecretValue, by name or ARN and by stage, with the errors that the service
 * documents. It checks a request against the SDK's shape, and looks at its signer and scope, but not at the
 * signature. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export class SecretsManagerStandIn {
  readonly region = 'eu-west-1'
  /** Every request that got an answer, in order. */
  readonly asked: Asked[] = []
  /** How many clients disconnected before they had their answer. */
  abandoned = 0
  /** Called before an answer is made. */
  onRequest: (asked: Asked) => void | Promise<void> = () => {}
  readonly #secrets = new Map<string, KeptSecret>()
  readonly #server: Server
  readonly #accessKeyId: string

  private constructor(server: Server, accessKeyId: string) {
    this.#server = server
    this.#accessKeyId = accessKeyId
  }

  static async start(accessKeyId: string): Promise<SecretsManagerStandIn> {
    const server = createServer()
    const standIn = new SecretsManagerStandIn(server, accessKeyId)
    server.on('request', async (request: IncomingMessage, response) => {
      response.once('close', () => {
        if (!response.writableFinished) standIn.abandoned += 1
      })
      const [status, body] = await standIn.#answer(request)
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': 'r' })
      response.end(JSON.stringify(body))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return standIn
  }

  /** The endpoint for the SDK. */
  get endpoint(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the stand-in does not listen')
    return `http://127.0.0.1:${address.port}`
  }

  arn(name: string): string {
    return `arn:aws:secretsmanager:${this.region}:${ACCOUNT}:secret:${name}-AbCdEf`
  }

  keep(name: string, secret: KeptSecret): void {
    this.#secrets.set(name, secret)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage): Promise<[number, unknown]> {
    const body: { SecretId: string; VersionStage?: string } = JSON.parse(await text(request))
    const refuse = (type: string, Message: string): [number, unknown] => [400, { __type: type, Message }]
    const { authorization = '', 'x-amz-target': target, 'content-type': type } = request.headers
    if (request.method !== 'POST' || type !== 'application/x-amz-json-1.1')
      return refuse('SerializationException', 'no JSON 1.1')
    if (target !== 'secretsmanager.GetSecretValue')
      return refuse('UnknownOperationException', `no ${target} here`)
    const faults = shapeFaults(GetSecretValueRequest$, body)
    if (faults.length > 0) return refuse('SerializationException', faults.join('; '))
    const [, key, region, service] = SIGNED.exec(authorization) ?? []
    if (key !== this.#accessKeyId)
      return refuse('UnrecognizedClientException', 'The security token included in the request is invalid.')
    if (region !== this.region || service !== 'secretsmanager')
      return refuse('InvalidSignatureException', `Credential should be scoped to ${this.region}.`)
    const asked = { secret: body.SecretId, stage: body.VersionStage ?? 'AWSCURRENT' }
    this.asked.push(asked)
    await this.onRequest(asked)
    return this.#value(asked, refuse)
  }

  #value(
    { secret: id, stage }: Asked,
    refuse: (type: string, message: string) => [number, unknown],
  ): [number, unknown] {
    const name = [...this.#secrets.keys()].find(one => id === one || id === this.arn(one))
    const secret = name === undefined ? undefined : this.#secrets.get(name)
    if (name === undefined || secret === undefined)
      return refuse('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
    if (secret.isForbidden)
      return refuse(
        'AccessDeniedException',
        `User: arn:aws:sts::${ACCOUNT}:assumed-role/task is not authorized to perform: secretsmanager:GetSecretValue on resource: ${this.arn(name)} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
      )
    if (secret.isMarkedForDeletion)
      return refuse(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      )
    const SecretString = secret.versions[stage]
    if (SecretString === undefined)
      return refuse(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
      )
    return [200, { ARN: this.arn(name), Name: name, SecretString, VersionStages: [stage] }]
  }
}

const SIGNED = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/
