/** The smallest size of Fargate. An export runs under these limits to measure its speed per vCPU. */
export const QUARTER = { cores: 0.25, megabytes: 512 }
