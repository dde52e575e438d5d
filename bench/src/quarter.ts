/** The smallest size of Fargate: what an export is held to where its speed is to be known per vCPU. */
export const QUARTER = { cores: 0.25, megabytes: 512 }
