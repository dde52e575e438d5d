SELECT range AS id, 'customer ' || range % 3 AS customer FROM range(1000)
  INTO OUTFILE S3 's3://batchquery-s3/output/orders' FORMAT CSV HEADER OVERWRITE ON;
