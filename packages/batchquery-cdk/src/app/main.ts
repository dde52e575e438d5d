import { App } from 'aws-cdk-lib'
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api'
import { readAppConfig } from './config.ts'
import { createStack } from './stack.ts'

/* The program that the AWS CDK's command line runs. Its environment is made by cli.ts. */

const app = new App({
  context: {
    ...CURRENTLY_RECOMMENDED_FLAGS,
    // It knows the versions of Aurora up to its own day, and refuses those that came later.
    '@aws-cdk/core:validateAgainstDefaultRules': false,
  },
})
createStack(app, readAppConfig(process.env.BATCHQUERY_CDK_CONFIG ?? 'batchquery.yaml'))
app.synth()
