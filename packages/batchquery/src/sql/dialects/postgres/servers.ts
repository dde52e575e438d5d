export const SERVERS = ['postgres'] as const
