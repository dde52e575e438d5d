import type { Command } from '../command.ts'
import {
  adminSecret,
  apply,
  cluster,
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
  summary: 'print or apply the SQL of a user for tasks',
  description: [
    'Prints the statements that an administrator runs to make a user who logs in by an IAM token (auth=iam), over TLS,',
    'with the rights to read a schema and, on Aurora, to export to S3. User and database are those of -d, or of --user',
    'and --schema. Without --apply nothing runs: read the statements, then run them with your own client, or with --apply, which',
    'may be repeated. With --stack it uses the RDS Data API (enableDataApi in batchquery.yaml); with -d URL it logs in as the',
    'administrator of the URL, and makes the user batchquery or that of --user.',
  ].join('\n'),
  options: [
    ...[grantedServer, grantedUser, grantedSchema, native, apply, cluster, adminSecret],
    ...[database, stack, config, ...TALK],
  ],
  examples: [
    'grants --for aurora-mysql-3 --user batchquery --schema db01',
    "grants -d 'postgres://batchquery@db01.cluster-abc.us-east-1.rds.amazonaws.com/db01?auth=iam' --native",
    'grants --apply --stack batchquery -d main',
  ],
  load: async () => (await import('../execution/grants.ts')).grants,
}
