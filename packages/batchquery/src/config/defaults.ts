/* The settings that the help shows: they must load no other code. */

export const CONFIG_FILE = 'batchquery.yaml'
/** Read if the folder has no `batchquery.yaml`. */
export const OTHER_CONFIG_FILE = 'batchquery.yml'

export const DEFAULT_BUCKET = 'batchquery-s3'
export const DEFAULT_STORE = '.batchquery/store'
/** The setting for runners whose folders do not outlive the run, as those of ECS tasks. */
export const SHARED_STORE = 's3'
export const DEFAULT_DATABASE = 'duckdb:.batchquery/db01.duckdb'
