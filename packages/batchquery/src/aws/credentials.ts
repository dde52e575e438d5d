import type { defaultProvider } from '@aws-sdk/credential-provider-node'
import { BatchQueryError } from '../errors/index.ts'
import { NO_CREDENTIALS } from './credential-rules.ts'
import { factsOf, field } from './failure.ts'

type Chain = typeof defaultProvider
type Provider = ReturnType<Chain>

/** The message of a link of the chain that has no credentials and no reason worth showing. */
const NO_REASON =
  /^AWS_PROFILE is set, skipping|^Skipping SSO|^Unable to find environment variable|^Web identity configuration not|did not contain credential_process|could not be found in shared|^EC2 Instance Metadata Service access disabled|^Could not load credentials|^No HTTP credential provider host|^Could not resolve credentials using profile/
const PREFIX = /^@smithy\/property-provider (?:->|\(!\)) /

/**
 * The SDK's default chain of credentials, but its error says why there are none. The chain itself goes on to the next
 * link and does not report the reasons to its caller. They are only in its log.
 *
 * @param chain of the SDK
 * @param init as clients pass it
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
    // The links that ask servers retry by themselves, and renew credentials long before they expire.
    const credentials = await provider(options).catch((thrown: unknown) => {
      refuseMissingProfile(said)
      throw explain(thrown, said)
    })
    refuseMissingProfile(said)
    return credentials
  }
}

/**
 * Refuses a missing profile. Otherwise the SDK would take the next identity that it finds instead of the requested
 * one.
 */
function refuseMissingProfile(said: readonly string[]): void {
  const { AWS_PROFILE: profile } = process.env
  if (!profile || profile === 'default') return
  if (!said.includes(`Profile ${profile} could not be found in shared credentials file.`)) return
  throw new BatchQueryError(
    'CONFIG',
    `AWS_PROFILE is ${JSON.stringify(profile)}, but no profile has this name`,
    {
      hint: 'Check its name (aws configure list-profiles); if your profiles are not in ~/.aws, name their files in AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE.',
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
  return new BatchQueryError('AUTHENTICATION', `cannot get AWS credentials${from}: ${why}`, {
    hint:
      sources.length === 0 ? NO_CREDENTIALS.hint : `Check ${sources.join(' and ')}. ${NO_CREDENTIALS.hint}`,
    retryable: isTransient(thrown),
  })
}

const whyNone = ({ AWS_PROFILE: profile }: NodeJS.ProcessEnv): string =>
  profile
    ? `the profile ${JSON.stringify(profile)} has no usable credentials`
    : 'no variable, profile or role provides any'

/** Whether a retry may help: the network or the credential server failed. */
function isTransient(thrown: unknown): boolean {
  const facts = factsOf(thrown)
  if (facts === null) return false
  if (facts.status !== null) return facts.status >= 500 || facts.status === 429
  return /^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST|NET)|^TimeoutError$/.test(
    String(field(thrown, 'code') ?? facts.code),
  )
}

/**
 * Removes the command of `credential_process`, which may contain a secret. The output of the command follows it.
 */
const withoutCommand = (reason: string): string =>
  reason
    .replace(/^Command failed: [^\n]*\n?/, 'its credential_process failed: ')
    .replace(/\s+/g, ' ')
    .trim()

/** The variables that say where credentials come from, by precedence. */
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
