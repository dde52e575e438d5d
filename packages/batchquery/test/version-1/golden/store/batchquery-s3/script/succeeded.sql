SELECT i, 'succeeded-1' FROM range(3) t(i)
  INTO OUTFILE S3 's3://batchquery-s3/output/succeeded-1'
  MANIFEST ON OVERWRITE OFF;
SELECT i, repeat(chr((97 + i % 26)::INTEGER), 1048576) FROM range(2) t(i)
  INTO OUTFILE S3 's3://batchquery-s3/output/succeeded'
  COMPRESSION GZIP MAXFILESIZE 1 MB MANIFEST ON OVERWRITE OFF;
SELECT i, 'succeeded-3' FROM range(4) t(i)
  INTO OUTFILE S3 's3://batchquery-s3/output/succeeded-3'
  MANIFEST OFF OVERWRITE OFF;
