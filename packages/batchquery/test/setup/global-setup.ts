import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb.ts'

/** Starts the servers once for a whole run of vitest, and only when a test is run that may use them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mariadb = await startMariadb()
  project.provide('mariadb', mariadb.server)
  return () => mariadb.stop()
}
