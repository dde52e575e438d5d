import { SECRET_ARN } from '../platform/index.ts'
import { isRegion, rdsRegion } from './rds-host.ts'

/** How a login proves its identity: the words `auth=`, `region=` and `secret=` of a database URL. */
export type Auth =
  | { readonly kind: 'password' }
  /** A token that is signed for the host, the port and the user of the URL. */
  | { readonly kind: 'iam'; readonly region: string }
  /** The login that AWS Secrets Manager keeps under an ARN or a name. */
  | { readonly kind: 'secret'; readonly secret: string; readonly region: string | null }

/** Makes the error of a URL. @param why what is wrong @param hint the next step */
export type Refuse = (why: string, hint: string) => Error

/** The parts of the URL apart from the settings. */
interface Parts {
  readonly host: string
  readonly user: string
  readonly hasPassword: boolean
  readonly socket: string | null
}

const NO_PASSWORD = 'Remove the password and passwordFile= from the URL.'

/**
 * @param settings of the URL, by their names
 * @throws the error that `refuse` makes
 */
export function readAuth(settings: ReadonlyMap<string, string>, parts: Parts, refuse: Refuse): Auth {
  const kind = settings.get('auth') ?? 'password'
  const region = settings.get('region') ?? null
  const secret = settings.get('secret') ?? null
  if (secret !== null && kind !== 'secret')
    throw refuse('secret= needs auth=secret', 'Add auth=secret, or remove secret=.')
  if (region !== null && !isRegion(region))
    throw refuse(
      `region=${JSON.stringify(region)} is not a region`,
      'Write a region such as region=us-east-1.',
    )
  switch (kind) {
    case 'password':
      if (region !== null)
        throw refuse('region= needs auth=iam or auth=secret', 'Add one of them, or remove region=.')
      return { kind }
    case 'iam':
      return iamAuth(region, parts, refuse)
    case 'secret':
      if (secret === null) throw refuse('auth=secret needs a secret', 'Add secret=ARN.')
      if (parts.hasPassword) throw refuse('it has auth=secret and a password', NO_PASSWORD)
      return secretAuth(secret, region, refuse)
    default:
      throw refuse(
        `auth=${JSON.stringify(kind)} is not a way to log in`,
        'Use auth=iam or auth=secret&secret=ARN, or remove auth= to log in with a password.',
      )
  }
}

function iamAuth(region: string | null, { host, user, hasPassword, socket }: Parts, refuse: Refuse): Auth {
  if (hasPassword) throw refuse('it has auth=iam and a password', NO_PASSWORD)
  if (user === '')
    throw refuse('auth=iam needs a user', 'Write the database user before the host: user@host.')
  if (socket !== null)
    throw refuse('it has auth=iam and a socket', 'Write the host name of the cluster, without socket=.')
  const known = rdsRegion(host)
  if (region !== null && known !== null && known !== region)
    throw refuse(
      `region=${region} is not the region of the host, ${known}`,
      `Remove region=, and batchquery signs the token for ${known}.`,
    )
  const signed = region ?? known
  if (signed !== null) return { kind: 'iam', region: signed }
  throw refuse(
    'auth=iam needs an RDS endpoint, and this host name is not one',
    'Write the endpoint that RDS shows, because the server refuses a name of your own. If this host name is an endpoint, add its region: region=us-east-1.',
  )
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const NAME = /^[\w/+=.@!-]{1,512}$/

function secretAuth(secret: string, region: string | null, refuse: Refuse): Auth {
  const [, ofArn] = SECRET_ARN.exec(secret) ?? []
  if (ofArn === undefined && !NAME.test(secret))
    throw refuse(
      `secret=${JSON.stringify(secret)} is neither an ARN nor the name of a secret`,
      'Write arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-abcdef as Secrets Manager shows it.',
    )
  if (region !== null && ofArn !== undefined && region !== ofArn)
    throw refuse(
      `region=${region} is not the region of the secret, ${ofArn}`,
      `Remove region=; the ARN names ${ofArn}.`,
    )
  return { kind: 'secret', secret, region: region ?? ofArn ?? null }
}
