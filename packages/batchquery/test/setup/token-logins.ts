import { randomBytes } from 'node:crypto'
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerFolder } from './server-folder.ts'

/** How tests create and use logins by token: `inject('tokens')`. */
export interface TokenLogins {
  /**
   * The PAM service that checks a token as RDS does: `IDENTIFIED VIA pam USING` in MariaDB, `rds_iam` in PostgreSQL.
   */
  readonly service: string
  readonly region: string
  /** A key that may log in as any user. */
  readonly allowed: AwsKey
  /** A known key without rds-db:connect. */
  readonly forbidden: AwsKey
  /** JSON: `keys` has every known key by its id. */
  readonly keysFile: string
}

interface AwsKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    tokens: TokenLogins
  }
}

interface RunningTokenLogins {
  readonly server: TokenLogins
  /** Accepts only tokens for these, `host:port`. */
  accept(endpoints: readonly string[]): Promise<void>
  stop(): Promise<void>
}

const MODULE = join(
  import.meta.dirname,
  '../../../../.cache/libpam-script/lib/x86_64-linux-gnu/security/pam_script.so',
)

/**
 * Creates the PAM service: libpam-script runs a program that reads user and token from its environment. Only root may
 * create one. For other users the tests of token logins fail.
 */
export async function startTokenLogins(): Promise<RunningTokenLogins> {
  const kept = await ServerFolder.create()
  const folder = kept.path
  const server: TokenLogins = {
    service: `batchquery-test-${randomBytes(6).toString('hex')}`,
    region: 'eu-central-1',
    allowed: newKey(),
    forbidden: newKey(),
    keysFile: join(folder, 'keys.json'),
  }
  const isRoot = process.getuid?.() === 0
  const pamFile = join('/etc/pam.d', server.service)
  if (isRoot) {
    kept.removeToo(pamFile)
    await makeService(folder, pamFile, server)
  }
  return {
    server,
    accept: endpoints => writeFile(join(folder, 'endpoints.json'), JSON.stringify(endpoints)),
    stop: () => kept.close(),
  }
}

async function makeService(folder: string, pamFile: string, server: TokenLogins): Promise<void> {
  const scripts = join(folder, 'scripts')
  await mkdir(scripts)
  await copyFile(MODULE, join(folder, 'pam_script.so'))
  await copyFile(join(import.meta.dirname, 'verify-token.py'), join(folder, 'verify-token.py'))
  const { region, allowed, forbidden, keysFile } = server
  const keys = {
    [allowed.accessKeyId]: allowed,
    [forbidden.accessKeyId]: { ...forbidden, isForbidden: true },
  }
  await writeFile(keysFile, JSON.stringify({ region, keys }))
  await writeFile(
    join(scripts, 'pam_script_auth'),
    `#!/bin/sh\nexec /usr/bin/python3 ${folder}/verify-token.py ${keysFile} ${folder}/endpoints.json\n`,
  )
  await writeFile(join(scripts, 'pam_script_acct'), '#!/bin/sh\nexit 0\n')
  for (const name of ['pam_script_auth', 'pam_script_acct']) await chmod(join(scripts, name), 0o755)
  await writeFile(
    pamFile,
    `auth    required ${folder}/pam_script.so dir=${scripts} onerr=fail\naccount required pam_permit.so\n`,
  )
}

const newKey = (): AwsKey => ({
  accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
  sessionToken: randomBytes(300).toString('base64'),
})
