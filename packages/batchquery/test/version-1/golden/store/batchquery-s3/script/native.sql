SELECT i, 'native-streamed' FROM range(3) t(i)
  INTO OUTFILE S3 's3://batchquery-s3/output/native-streamed'
  MANIFEST ON OVERWRITE OFF;
