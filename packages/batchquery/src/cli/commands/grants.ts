import type { Command } from '../command.ts'
import {
  adminSecret,
  apply,
  cluster,
  config,
  database,
  envFile,
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
  summary: 'print or apply the SQL of a user for tasks',
  description: [
    'Prints the statements that create a user who logs in with an IAM token (auth=iam) over TLS, and who can read a schema and, on Aurora, export to S3. User and database come from -d, or from --user and --schema.',
    '--apply runs them, and you can repeat it. With --stack it uses the RDS Data API (enableDataApi in batchquery.yaml). With -d URL it logs in as the administrator in the URL, and creates the user batchquery or the one of --user.',
  ].join('\n'),
  options: [
    ...[grantedServer, grantedUser, grantedSchema, native, apply, cluster, adminSecret],
    ...[database, stack, config, envFile, ...TALK],
  ],
  examples: [
    'grants --for aurora-mysql-3 --user batchquery --schema db01',
    "grants -d 'postgres://batchquery@db01.cluster-abc.us-east-1.rds.amazonaws.com/db01?auth=iam' --native",
    'grants --apply --stack batchquery -d main',
  ],
  load: async () => (await import('../execution/grants.ts')).grants,
}
