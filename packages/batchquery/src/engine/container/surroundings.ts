import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { MovedSettings } from '../../config/index.ts'
import { isLoopbackHost } from '../../platform/index.ts'
import { storeFolder } from '../../store/index.ts'

/** Variables that the AWS SDK and the drivers read. The container gets them unchanged. */
const PASSED_ON =
  /^(AWS_[A-Z0-9_]+|NODE_EXTRA_CA_CERTS|MYSQL_PWD|PGPASSWORD|TZ|(?:https?|all|no)_proxy|(?:HTTPS?|ALL|NO)_PROXY)$/
/** Variables that name a file. */
const FILES =
  /^(AWS_CA_BUNDLE|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|AWS_WEB_IDENTITY_TOKEN_FILE|NODE_EXTRA_CA_CERTS)$/
/** The home folder in the image. */
const HOME = '/tmp'

/** A file or folder of this machine, mounted at a path of the container. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly isWritable: boolean
}

/** The parts of this machine that a container gets. */
export interface Surroundings {
  readonly variables: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  /** Whether it must reach the loopback of this machine. */
  readonly needsLoopback: boolean
}

/** Files have the same path in the container, so that settings which name them stay valid. */
export function surroundingsOf(moved: MovedSettings, environment: NodeJS.ProcessEnv): Surroundings {
  const variables = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && PASSED_ON.test(name) ? [[name, value]] : [],
    ),
  )
  const store = storeFolder(moved.settings.store)
  const named = Object.entries(variables).flatMap(([name, value]) => (FILES.test(name) ? [value] : []))
  const files = [...new Set([...named, ...moved.files])].filter(path => existsSync(path))
  // The AWS profiles of the user, and single sign-on.
  const aws = join(environment.HOME ?? homedir(), '.aws')
  const mounts = [
    ...files.map(path => ({ source: path, target: path, isWritable: false })),
    ...(existsSync(aws) ? [{ source: aws, target: join(HOME, '.aws'), isWritable: false }] : []),
    ...(store === null ? [] : [{ source: store, target: store, isWritable: true }]),
  ]
  return { variables, mounts, needsLoopback: moved.isLoopback || Object.values(variables).some(isOnLoopback) }
}

const isOnLoopback = (value: string): boolean =>
  URL.canParse(value) && isLoopbackHost(new URL(value).hostname.replace(/^\[|\]$/g, ''))
