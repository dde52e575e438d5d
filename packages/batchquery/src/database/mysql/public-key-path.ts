import type { DatabaseUrl } from '../database-url.ts'
import type { OwnSetting } from '../dialect.ts'

/** Path of a PEM file: the public key with which a server without TLS gets the password. MySQL's own client has the same name for it. */
export const PUBLIC_KEY_PATH: OwnSetting = {
  name: 'server-public-key-path',
  isPath: true,
  usual: null,
  check(_, { sslMode, auth }, refuse) {
    const leaveOut = 'Remove server-public-key-path=.'
    if (sslMode !== 'disable')
      throw refuse(`server-public-key-path does nothing with sslmode=${sslMode}`, leaveOut)
    if (auth.kind === 'iam') throw refuse('server-public-key-path does nothing with auth=iam', leaveOut)
  },
}

export const publicKeyPath = ({ own }: DatabaseUrl): string | null => own.get(PUBLIC_KEY_PATH.name) ?? null
