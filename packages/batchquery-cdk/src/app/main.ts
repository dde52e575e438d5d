import { App } from 'aws-cdk-lib'
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api'
import { readAppConfig } from './config.ts'
import { createStack } from './stack.ts'

/* The program that the AWS CDK's command line runs. cli.ts sets its environment. */

const app = new App({
  context: {
    ...CURRENTLY_RECOMMENDED_FLAGS,
    // It has a list of the Aurora versions of its own release date, and refuses later ones.
    '@aws-cdk/core:validateAgainstDefaultRules': false,
  },
})
createStack(app, readAppConfig(process.env.BATCHQUERY_CDK_CONFIG ?? 'batchquery.yaml'))
app.synth()
