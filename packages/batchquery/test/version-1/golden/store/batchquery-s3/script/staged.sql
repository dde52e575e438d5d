SELECT i, repeat(chr((97 + i % 26)::INTEGER), 1048576) FROM range(3) t(i)
  INTO OUTFILE S3 's3://batchquery-s3/output/staged'
  COMPRESSION GZIP MAXFILESIZE 1 MB MANIFEST ON OVERWRITE OFF;
