/* What the command line shows of the settings: nothing is loaded for it. */

export const CONFIG_FILE = 'batchquery.yaml'
/** Read, too, where the other is not in the same folder. */
export const OTHER_CONFIG_FILE = 'batchquery.yml'

export const DEFAULT_BUCKET = 'batchquery-s3'
export const DEFAULT_STORE = '.batchquery/store'
/** The setting for runners whose folders do not outlive the run, as those of ECS tasks. */
export const SHARED_STORE = 's3'
export const DEFAULT_DATABASE = 'duckdb:.batchquery/db01.duckdb'
