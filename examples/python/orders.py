"""Counts the orders of each customer in MariaDB, and writes them to S3.

    batchquery run python/orders.py -e DB_URL -e DB_PASSWORD -- batchquery-s3 output/orders.csv
"""

import csv
import io
import json
import os
import sys
from urllib.parse import urlsplit

import boto3
import pymysql


def report(**said):
    """Reports progress or a result to batchquery."""
    os.write(int(os.environ["BATCHQUERY_REPORT_FD"]), json.dumps(said).encode() + b"\n")


bucket, key = sys.argv[1:]
url = urlsplit(os.environ["DB_URL"])
connection = pymysql.connect(
    host=url.hostname,
    port=url.port or 3306,
    user=url.username,
    password=os.environ["DB_PASSWORD"],
    database=url.path.removeprefix("/"),
)
text = io.StringIO()
writer = csv.writer(text, lineterminator="\n")
with connection, connection.cursor() as cursor:
    cursor.execute("SELECT customer, count(*) FROM orders GROUP BY customer ORDER BY customer")
    rows = cursor.fetchall()
    writer.writerows(rows)
body = text.getvalue().encode()
report(progress={"rows": len(rows), "bytes": len(body), "message": "the orders are counted"})

# Only newer versions of boto3 look for this variable themselves.
s3 = boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL_S3"))
s3.put_object(Bucket=bucket, Key=key, Body=body)
report(output={"uri": f"s3://{bucket}/{key}", "rows": len(rows), "bytes": len(body)})
