-- Calls a stored procedure that works for hours, then exports its result. For MySQL and MariaDB.
--
--   batchquery run procedure/roll-up.sql -p since=2026-11-01 -p days=30 -d mysql://batch@db.example.com/db01
--
-- The procedure commits day by day. If a run is cancelled or killed, the next run continues after the last day.
-- @param since date
-- @param days int
-- @timeout 12h
CREATE TABLE IF NOT EXISTS events (happened DATETIME NOT NULL, kind VARCHAR(20) NOT NULL, INDEX (happened));
CREATE TABLE IF NOT EXISTS daily (day DATE NOT NULL, kind VARCHAR(20) NOT NULL, events BIGINT NOT NULL, PRIMARY KEY (day, kind));

DROP PROCEDURE IF EXISTS roll_up;

DELIMITER //
CREATE PROCEDURE roll_up(first_day DATE, day_count INT)
BEGIN
  DECLARE this_day DATE DEFAULT first_day;
  DECLARE last_day DATE DEFAULT first_day + INTERVAL day_count DAY;
  WHILE this_day < last_day DO
    IF NOT EXISTS (SELECT * FROM daily WHERE day = this_day) THEN
      START TRANSACTION;
      INSERT INTO daily
        SELECT this_day, kind, COUNT(*) FROM events
        WHERE happened >= this_day AND happened < this_day + INTERVAL 1 DAY
        GROUP BY kind;
      COMMIT;
    END IF;
    SET this_day = this_day + INTERVAL 1 DAY;
  END WHILE;
END //
DELIMITER ;

CALL roll_up(:since, :days);

SELECT day, kind, events FROM daily WHERE day >= :since ORDER BY day, kind
  INTO OUTFILE S3 's3://batchquery-s3/output/daily' FORMAT CSV HEADER OVERWRITE ON;
