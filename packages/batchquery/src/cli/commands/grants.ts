import type { Command } from '../command.ts'
import {
  config,
  database,
  grantedSchema,
  grantedServer,
  grantedUser,
  native,
  stack,
  TALK,
} from '../options.ts'

export const grants: Command = {
  name: 'grants',
  operands: [],
  summary: 'print the SQL that makes a user for tasks',
  description: [
    'Prints the statements that an administrator runs to make a user who logs in by an IAM token (auth=iam), over TLS,',
    'with the rights to read a schema and, on Aurora, to export to S3. Nothing is run: read them, then run them with',
    'your own client. User and database are those of -d, or of --user and --schema.',
  ].join('\n'),
  options: [grantedServer, grantedUser, grantedSchema, native, database, stack, config, ...TALK],
  examples: [
    'grants --for aurora-mysql-3 --user batchquery --schema db01',
    "grants -d 'postgres://batchquery@db01.cluster-abc.us-east-1.rds.amazonaws.com/db01?auth=iam' --native",
  ],
  load: async () => (await import('../execution/index.ts')).grants,
}
