import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { inject, onTestFinished } from 'vitest'

/**
 * The functions of RDS's extension aws_s3 in a database of the real PostgreSQL: its own COPY makes the bytes, and a
 * program puts them into the real S3.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/postgresql-s3-export-functions.html
 *
 * @param partBytes the size of a part; the real one is 6 GB
 */
export async function makeAwsS3(client: Client, partBytes: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-aws-s3-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  // The server runs as another user.
  await chmod(folder, 0o777)
  const [program, settings] = [join(folder, 'upload.py'), join(folder, 'settings.json')]
  await copyFile(join(import.meta.dirname, 'aws-s3-upload.py'), program)
  const { endpoint, region, accessKeyId, secretAccessKey } = inject('s3')
  await writeFile(settings, JSON.stringify({ endpoint, region, accessKeyId, secretAccessKey, partBytes }))
  for (const file of [program, settings]) await chmod(file, 0o644)
  const command = `/usr/bin/python3 ${program} ${settings}`
  await client.query(`
    CREATE SCHEMA aws_s3;
    CREATE FUNCTION aws_s3.query_export_to_s3(query text, bucket text, file_path text, region text,
      options text DEFAULT NULL, kms_key text DEFAULT NULL,
      OUT rows_uploaded bigint, OUT files_uploaded bigint, OUT bytes_uploaded bigint)
    LANGUAGE plpgsql AS $function$
    DECLARE
      answer text := '${folder}/' || gen_random_uuid();
      command text := '${command} ' || answer || ' ' || quote_shell(bucket) || ' ' || quote_shell(file_path);
    BEGIN
      IF region <> '${region}' THEN
        RAISE EXCEPTION 'S3 API returned error: the bucket is in another region';
      END IF;
      EXECUTE format('COPY (%s) TO PROGRAM %L WITH (%s)', query, command, options);
      GET DIAGNOSTICS rows_uploaded = ROW_COUNT;
      files_uploaded := split_part(pg_read_file(answer), ' ', 1);
      bytes_uploaded := split_part(pg_read_file(answer), ' ', 2);
    END $function$;
    CREATE FUNCTION quote_shell(text) RETURNS text LANGUAGE sql AS $q$ SELECT '''' || replace($1, '''', '''\\''''') || '''' $q$;
  `)
}
