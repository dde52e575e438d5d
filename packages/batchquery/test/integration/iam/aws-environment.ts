import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface AwsKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** Without the machine's own settings: neither its files nor its role. */
const NOTHING = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
}

export const awsEnvironment = (key: AwsKey | null): NodeJS.ProcessEnv => ({
  ...NOTHING,
  ...(key && {
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_SESSION_TOKEN: key.sessionToken,
  }),
})

/** Calls `work` in an environment in which the SDK's default chain finds this key. With null it finds no key. */
export async function withAws<T>(key: AwsKey | null, work: () => Promise<T>): Promise<T> {
  const environment = awsEnvironment(key)
  const before = Object.keys(environment).map(name => [name, process.env[name]] as const)
  const set = (pairs: Iterable<readonly [string, string | undefined]>): void => {
    for (const [name, value] of pairs) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  set(Object.entries(environment))
  try {
    return await work()
  } finally {
    set(before)
  }
}

/** A token that boto3 signs. */
export async function tokenOfBoto3(
  key: AwsKey,
  endpoint: string,
  user: string,
  region: string,
): Promise<string> {
  const [host, port] = endpoint.split(':')
  const program = `import boto3, sys
host, port, user, region = sys.argv[1:]
print(boto3.client('rds', region_name=region).generate_db_auth_token(host, int(port), user, region), end='')`
  const env = { PATH: process.env.PATH, ...awsEnvironment(key) }
  const { stdout } = await run('/usr/bin/python3', ['-c', program, host, port, user, region], { env })
  return stdout
}
