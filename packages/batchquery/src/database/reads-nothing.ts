import { BatchQueryError } from '../errors/index.ts'

/** The error of a check by which a user may read no table of a database. */
export const readsNothing = (user: string, name: string): BatchQueryError =>
  new BatchQueryError('PERMISSION', `${user} may read no table of ${JSON.stringify(name)}`, {
    hint: `Grant SELECT on what the tasks read, to ${user} or to a role that is active; or check the name of the database in the URL.`,
  })
