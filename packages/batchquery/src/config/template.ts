import { DEFAULT_BUCKET, DEFAULT_DATABASE, DEFAULT_STORE } from './defaults.ts'

/** The batchquery.yaml that `batchquery init` writes: every key, with the defaults. */
export const CONFIG_TEMPLATE = `\
# Settings of batchquery for this folder and those below it.
# A flag takes precedence over an environment variable (BATCHQUERY_...), and that over this file.
# Relative paths start at this folder. \${NAME} in a value becomes the value of the variable NAME.

# The home bucket: tasks, results and runs.
bucket: ${DEFAULT_BUCKET}

# s3 (Amazon S3, or what AWS_ENDPOINT_URL_S3 names), or a directory whose folders are the buckets.
store: ./${DEFAULT_STORE}

# Where runs execute: local is a process of this machine, container one in an image (docker or podman), fargate an ECS task of
# AWS (with the store on S3).
engine: local
# container:
#   image: batchquery:latest
# With a stack of batchquery-cdk nothing more is needed; otherwise:
# fargate:
#   cluster: batchquery-fg
#   taskDefinition: batchquery
#   subnets: [subnet-0123456789abcdef0]
#   securityGroups: [sg-0123456789abcdef0]
#   assignPublicIp: false

# A run ends with exit code 5 if another run writes to one of its destinations; without this key that is a warning.
# exclusive: true

# What exports may ask of a database: the most sessions of PARALLEL, and from when on the log warns about its open snapshot: the length of
# MySQL's history list, the age on PostgreSQL.
# maxSessions: 20
# warnHistory: 1000000
# warnSnapshot: 30m

# Receivers that learn when a run has ended; on: failed, or every run. An address may be secret:ARN of AWS Secrets Manager.
# notify:
#   - { slack: "\${SLACK_HOOK}", on: failed }
#   - { url: "https://ops.example.com/runs", on: ended }
#   - { command: [./notify.sh], on: ended }

# The database that is used without -d: one of those below, or a URL.
database: main

# Do not write passwords here: name a file with passwordFile=, or set MYSQL_PWD or PGPASSWORD.
databases:
  main: { url: "${DEFAULT_DATABASE}" }
  # sales: { url: "mysql://reader@db.example.com:3306/sales?passwordFile=/run/secrets/sales" }
  # ledger: { url: "postgres://reader@db.example.com:5432/ledger?sslmode=verify-full&sslrootcert=ca.pem" }
`
