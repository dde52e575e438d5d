-- The table that report.sql reads.
DROP TABLE IF EXISTS orders;

CREATE TABLE orders (region VARCHAR(20), ordered DATE, amount DECIMAL(12, 2));

INSERT INTO orders VALUES
  ('north', '2026-10-31', 99.99),
  ('north', '2026-11-01', 10.50),
  ('north', '2026-11-30', 0.25),
  ('south', '2026-11-09', 20.25),
  ('south', '2026-12-01', 12.00),
  ('east', '2026-11-10', 7.00);
