import { App } from 'aws-cdk-lib'
import { readAppConfig } from './config.ts'
import { createStack } from './stack.ts'

/* The program that the AWS CDK's command line runs. Its environment is made by cli.ts. */

const app = new App()
createStack(app, readAppConfig(process.env.BATCHQUERY_CDK_CONFIG ?? 'batchquery.yaml'))
app.synth()
