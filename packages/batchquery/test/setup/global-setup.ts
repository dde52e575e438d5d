import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import { startS3 } from './radosgw.ts'
import { watchServers } from './secrets/watch-servers.ts'
import { startTokenLogins } from './token-logins.ts'

/** Starts the servers once for a whole run of vitest, and only if a test runs that may use them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tokens = await startTokenLogins()
  const starting = [
    startMariadb(),
    startPostgres({ tokenService: tokens.server.service }),
    startS3(),
    tokens,
  ] as const
  try {
    const [mariadb, postgres, s3] = await Promise.all(starting)
    project.provide('tokens', tokens.server)
    // The servers call themselves by these names.
    await tokens.accept([mariadb, postgres].map(({ server }) => `localhost:${server.port}`))
    project.provide('mariadb', mariadb.server)
    project.provide('postgres', postgres.server)
    project.provide('s3', s3.server)
    project.provide('dialects', ['mysql', 'postgres'])
    const secrets = watchServers({
      mariadb: mariadb.server,
      postgres: postgres.server,
      s3: s3.server,
      tokens: tokens.server,
    })
    return async () => {
      await secrets.stop()
      await stopAll(starting)
    }
  } catch (error) {
    await stopAll(starting)
    throw error
  }
}

interface Running {
  stop(): Promise<void>
}

/** Also stops a server that was still starting when another start failed. */
async function stopAll(starting: readonly (Promise<Running> | Running)[]): Promise<void> {
  const started = await Promise.allSettled(starting)
  await Promise.all(started.map(start => start.status === 'fulfilled' && start.value.stop()))
}
