import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Workspace } from '../workspace.ts'

/** A shell whose only credentials are those of the expired session. */
export const EXPIRED: NodeJS.ProcessEnv = {
  AWS_PROFILE: 'sso',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
}

/** As `aws sso login` leaves it, hours later. */
export async function writeExpiredSession(here: Workspace): Promise<void> {
  await mkdir(join(here.folder, '.aws/sso/cache'), { recursive: true })
  const start = 'https://corp.awsapps.com/start'
  const where = [`sso_start_url = ${start}`, 'sso_region = us-east-1']
  const who = ['sso_account_id = 123456789012', 'sso_role_name = admin']
  await here.write('.aws/config', ['[profile sso]', ...where, ...who, ''].join('\n'))
  const cached = { accessToken: 'x', expiresAt: '2020-01-01T00:00:00Z', region: 'us-east-1', startUrl: start }
  const name = createHash('sha1').update(start).digest('hex')
  await here.write(`.aws/sso/cache/${name}.json`, JSON.stringify(cached))
}
