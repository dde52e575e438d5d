import type { defaultProvider } from '@aws-sdk/credential-provider-node'
import { BatchQueryError } from '../errors/index.ts'
import { NO_CREDENTIALS } from './credential-rules.ts'
import { factsOf, field } from './failure.ts'

type Chain = typeof defaultProvider
type Provider = ReturnType<Chain>

/** What the links of the chain say that have nothing to say. */
const NO_REASON =
  /^AWS_PROFILE is set, skipping|^Skipping SSO|^Unable to find environment variable|^Web identity configuration not|did not contain credential_process|could not be found in shared|^EC2 Instance Metadata Service access disabled|^Could not load credentials|^No HTTP credential provider host|^Could not resolve credentials using profile/
const PREFIX = /^@smithy\/property-provider (?:->|\(!\)) /

/**
 * The SDK's default chain of credentials, with the reason for which it has none. The chain itself goes on to the next link, and keeps
 * the reasons from its caller; its log has them.
 *
 * @param chain of the SDK
 * @param init as clients give it
 * @throws by the provider: AUTHENTICATION, CONFIG
 */
export function explainedCredentials(chain: Chain, init: Parameters<Chain>[0] = {}): Provider {
  let said: string[] = []
  const debug = (text: unknown): void => {
    if (typeof text === 'string' && PREFIX.test(text)) said.push(text.replace(PREFIX, ''))
  }
  const logger = { trace() {}, debug, info() {}, warn() {}, error() {} }
  const provider = chain({ ...init, logger })
  return async options => {
    said = []
    // The links that ask servers try again themselves, and long before what they gave ends.
    const credentials = await provider(options).catch((thrown: unknown) => {
      refuseMissingProfile(said)
      throw explain(thrown, said)
    })
    refuseMissingProfile(said)
    return credentials
  }
}

/** Another identity would take the place of the one that was asked for, where there is one. */
function refuseMissingProfile(said: readonly string[]): void {
  const { AWS_PROFILE: profile } = process.env
  if (!profile || profile === 'default') return
  if (!said.includes(`Profile ${profile} could not be found in shared credentials file.`)) return
  throw new BatchQueryError(
    'CONFIG',
    `AWS_PROFILE is ${JSON.stringify(profile)}, and there is no such profile`,
    {
      hint: 'Check its name (aws configure list-profiles); AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name other files than those of ~/.aws.',
    },
  )
}

function explain(thrown: unknown, said: readonly string[]): BatchQueryError {
  const facts = factsOf(thrown)
  const message = facts?.message ?? (thrown instanceof Error ? thrown.message : String(thrown))
  const own = NO_REASON.test(message) ? [] : [message]
  const reasons = [...new Set([...said.filter(text => !NO_REASON.test(text)), ...own])].map(withoutCommand)
  const sources = sourcesOf(process.env)
  const from = sources.length === 0 ? '' : ` (${sources.join(', ')})`
  const why = reasons.length === 0 ? whyNone(process.env) : reasons.join('; ')
  return new BatchQueryError('AUTHENTICATION', `the credentials of AWS cannot be had${from}: ${why}`, {
    hint:
      sources.length === 0 ? NO_CREDENTIALS.hint : `Check ${sources.join(' and ')}. ${NO_CREDENTIALS.hint}`,
    retryable: isTransient(thrown),
  })
}

const whyNone = ({ AWS_PROFILE: profile }: NodeJS.ProcessEnv): string =>
  profile ? `the profile ${JSON.stringify(profile)} has none that can be used` : 'nothing here has any'

/** What may be better in a moment: the way to a server of credentials, or the server itself. */
function isTransient(thrown: unknown): boolean {
  const facts = factsOf(thrown)
  if (facts === null) return false
  if (facts.status !== null) return facts.status >= 500 || facts.status === 429
  return /^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST|NET)|^TimeoutError$/.test(
    String(field(thrown, 'code') ?? facts.code),
  )
}

/** The command of `credential_process` may have a secret among its arguments; what it said is behind it. */
const withoutCommand = (reason: string): string =>
  reason
    .replace(/^Command failed: [^\n]*\n?/, 'its credential_process failed: ')
    .replace(/\s+/g, ' ')
    .trim()

/** The variables that say where credentials come from, in the order in which they count. */
function sourcesOf(environment: NodeJS.ProcessEnv): string[] {
  const names = [
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_ROLE_ARN',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  ]
  return names.filter(name => environment[name])
}
