-- Exports the sales of a month by region, and the orders that make up these sales. Runs on MySQL, MariaDB, PostgreSQL and DuckDB.
--
--   batchquery run month-end/orders.sql
--   batchquery run month-end/report.sql -p month=2026-11-01 -p next=2026-12-01 -p 'regions=["north","south"]'
--
-- @param month date
-- @param next date
-- @param regions text[]
-- @param least decimal = 0
-- @timeout 4h
CREATE TEMPORARY TABLE month_orders AS
  SELECT region, ordered, amount FROM orders
  WHERE ordered >= :month AND ordered < :next AND region IN (:regions) AND amount >= :least;

SELECT region, COUNT(*) AS orders, SUM(amount) AS total FROM month_orders GROUP BY region ORDER BY region
  INTO OUTFILE S3 's3://batchquery-s3/output/sales-' :month '/regions' FORMAT CSV HEADER OVERWRITE ON;

SELECT region, ordered, amount FROM month_orders ORDER BY region, ordered, amount
  INTO OUTFILE S3 's3://batchquery-s3/output/sales-' :month '/orders' FORMAT CSV HEADER OVERWRITE ON COMPRESSION GZIP;
