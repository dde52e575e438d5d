import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { clientOptions, watched } from '../../aws/index.ts'
import { ChunkBody, sha256Of } from './chunk-body.ts'
import type { S3Commands } from './s3-commands.ts'

/** The settings that replace those of the SDK's default chain. */
export type ClientSettings = Pick<S3ClientConfig, 'credentials' | 'endpoint' | 'region'>

export interface ClientOptions {
  readonly settings: ClientSettings
  /** PEM certificates that are trusted instead of Node's own list. */
  readonly ca: string | undefined
  /** How long a connection may have no byte in either direction. */
  readonly stallMs: number
}

const CONNECT_MS = 10_000

/**
 * The SDK's clients, one for each region that a bucket is in. The SDK itself follows a bucket to its region by changing the region
 * of a client while requests are under way. So this class remembers the region of each bucket instead.
 */
export class Clients {
  /** The header `Date` of the latest answer to any client. */
  latestDate: Date | null = null
  readonly #options: ClientOptions
  readonly #byRegion = new Map<string, Promise<S3Commands>>()
  readonly #regionOfBucket = new Map<string, string>()

  constructor(options: ClientOptions) {
    this.#options = options
  }

  of(bucket: string): Promise<S3Commands> {
    const region = this.#regionOfBucket.get(bucket) ?? ''
    const client = this.#byRegion.get(region) ?? this.#make(region)
    this.#byRegion.set(region, client)
    return client
  }

  /** Sets the region of later requests. Returns false if it was known already. */
  setRegion(bucket: string, region: string): boolean {
    if (this.#regionOfBucket.get(bucket) === region) return false
    this.#regionOfBucket.set(bucket, region)
    return true
  }

  /** @param region empty for the region that is configured or that the SDK finds */
  async #make(region: string): Promise<S3Commands> {
    const { settings, ca, stallMs } = this.#options
    const patience = { connectionTimeout: CONNECT_MS, socketTimeout: stallMs }
    const common = await clientOptions(null, patience, ca)
    const { S3Commands } = await import('./s3-commands.ts')
    const client = new S3Commands({
      ...common,
      ...settings,
      ...(region === '' ? {} : { region }),
      // `S3Service` retries: it knows which requests may be repeated, and reports them.
      maxAttempts: 1,
      // Asking before each chunk costs a round trip, and S3 could redirect only the first request.
      expectContinueHeader: false,
    })
    usePathStyle(client)
    signChunks(client)
    this.#watchDate(client)
    return watched(client)
  }

  #watchDate(client: S3Commands): void {
    client.middlewareStack.add(
      next => async args => {
        const result = await next(args)
        const date = Date.parse(headersOf(result.response).date ?? '')
        if (!Number.isNaN(date)) this.latestDate = new Date(date)
        return result
      },
      { step: 'deserialize', priority: 'low', name: 'batchqueryDate' },
    )
  }
}

/**
 * Uses path style for custom endpoints, which seldom have a DNS name for each bucket. The SDK has a setting for that only in code.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#path-style-access
 */
function usePathStyle(client: S3Commands): void {
  const resolve = client.config.endpointProvider
  client.config.endpointProvider = (parameters, context) => {
    const ForcePathStyle = parameters.Endpoint !== undefined
    return resolve({ ...parameters, ForcePathStyle }, context)
  }
}

/**
 * Signs the bodies of chunks, because the SDK does not hash streams. Over TLS, a chunk with a checksum needs no hash for its
 * signature, which would be half of the cost of sending it. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
function signChunks(client: S3Commands): void {
  client.middlewareStack.add(
    next => args => {
      const { request } = args
      if (!isRequest(request) || !(request.body instanceof ChunkBody)) return next(args)
      const isSecure = request.protocol === 'https:' && request.headers['x-amz-checksum-crc32'] !== undefined
      request.headers['x-amz-content-sha256'] = isSecure ? 'UNSIGNED-PAYLOAD' : sha256Of(request.body.pieces)
      return next(args)
    },
    { step: 'build', priority: 'low', name: 'batchquerySignChunks' },
  )
}

interface Request {
  readonly protocol: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}

const isRequest = (request: unknown): request is Request =>
  typeof request === 'object' && request !== null && 'protocol' in request && 'headers' in request

const hasHeaders = (response: unknown): response is { readonly headers: Record<string, string> } =>
  typeof response === 'object' && response !== null && 'headers' in response

const headersOf = (response: unknown): Record<string, string> =>
  hasHeaders(response) ? response.headers : {}
