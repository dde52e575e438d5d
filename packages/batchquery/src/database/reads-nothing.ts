import { BatchQueryError } from '../errors/index.ts'

/** The error of a check by which a user may read no table of a database. */
export const readsNothing = (user: string, name: string): BatchQueryError =>
  new BatchQueryError('PERMISSION', `${user} cannot read any table of ${JSON.stringify(name)}`, {
    hint: `Grant SELECT on the tables of the tasks to ${user} or to an active role; or check the name of the database in the URL.`,
  })
