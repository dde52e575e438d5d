import { explainedCredentials } from './credentials.ts'
import { namesProxy } from './environment-faults.ts'
import { prepareSdk, SILENT } from './sdk.ts'

/** Milliseconds, as the SDK's request handler has them. */
export interface Patience {
  readonly connectionTimeout: number
  readonly requestTimeout?: number
  readonly throwOnRequestTimeout?: boolean
  readonly socketTimeout?: number
}

/**
 * What every client of AWS is made with: quiet, with credentials that say why there are none, by the proxy that the environment
 * names.
 *
 * @param region null where the SDK finds it
 * @param ca PEM certificates that are trusted instead of Node's own list
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

/** Nothing of proxies is loaded where none is named. */
async function agents(ca: string | undefined) {
  if (!namesProxy(process.env)) return ca === undefined ? {} : { httpsAgent: { ca } }
  const { TunnelAgent } = await import('./proxies.ts')
  return { httpsAgent: new TunnelAgent(ca) }
}
