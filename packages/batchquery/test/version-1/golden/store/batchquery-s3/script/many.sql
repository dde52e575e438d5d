SELECT i, 'many' FROM range(101) t(i)
  INTO OUTFILE S3 's3://batchquery-s3/output/many'
  MANIFEST ON OVERWRITE OFF;
