/** The document that batchquery-cdk writes about a stack. */
export function stackDocument(bucket: string, changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    version: 1,
    name: 'batchquery',
    region: 'us-east-1',
    logGroup: '/batchquery/batchquery',
    settings: {
      bucket,
      engine: 'fargate',
      databases: { main: { url: 'duckdb::memory:' } },
      database: 'main',
      fargate: {
        cluster: 'batchquery-fg',
        taskDefinition: 'batchquery',
        container: 'batchquery',
        subnets: ['subnet-1'],
        securityGroups: ['sg-1'],
        assignPublicIp: true,
      },
    },
    ...changes,
  })
}
