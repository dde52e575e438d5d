import { explainedCredentials } from './credentials.ts'
import { namesProxy } from './environment-faults.ts'
import { prepareSdk, SILENT } from './sdk.ts'

/** Milliseconds, under the names that the SDK's request handler uses. */
export interface Patience {
  readonly connectionTimeout: number
  readonly requestTimeout?: number
  readonly throwOnRequestTimeout?: boolean
  readonly socketTimeout?: number
}

/**
 * The options of every AWS client: no logging, proxies from the environment, and credentials that say why they are
 * missing.
 *
 * @param region null to let the SDK find it
 * @param ca PEM certificates to trust instead of Node's own list
 * @throws as `prepareSdk`
 */
export async function clientOptions(region: string | null, patience: Patience, ca?: string) {
  prepareSdk()
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return {
    ...(region === null ? {} : { region }),
    logger: SILENT,
    credentialDefaultProvider: (init: Parameters<typeof defaultProvider>[0]) =>
      explainedCredentials(defaultProvider, init),
    requestHandler: { ...patience, ...(await agents(ca)) },
  }
}

/** Loads the proxy code only if the environment names a proxy. */
async function agents(ca: string | undefined) {
  if (!namesProxy(process.env)) return ca === undefined ? {} : { httpsAgent: { ca } }
  const { TunnelAgent } = await import('./proxies.ts')
  return { httpsAgent: new TunnelAgent(ca) }
}
