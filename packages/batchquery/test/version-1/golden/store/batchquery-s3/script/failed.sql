SELECT i, 'failed' FROM range(3) t(i)
  INTO OUTFILE S3 's3://batchquery-s3/output/failed'
  MANIFEST ON OVERWRITE OFF;
SELECT * FROM missing;
