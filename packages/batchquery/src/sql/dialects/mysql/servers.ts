export const SERVERS = ['aurora-mysql-3', 'aurora-mysql-2', 'rds-mysql', 'rds-mariadb'] as const
