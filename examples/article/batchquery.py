"""The article's task as a script: it logs in with an IAM token over verified TLS, and Aurora writes the result to S3.

    batchquery run article/batchquery.py -e DB_HOST=db01cl.cluster-c9akciq32rqx.us-east-1.rds.amazonaws.com -e DB_CA=global-bundle.pem

The image has RDS's authorities at the default of DB_CA. Elsewhere, download them from
https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem.
"""

import os

import boto3
import pymysql

HOST = os.environ["DB_HOST"]
PORT = int(os.environ.get("DB_PORT", "3306"))
USER = os.environ.get("DB_USER", "batchquery")
DATABASE = os.environ.get("DB_NAME", "db01")
REGION = os.environ.get("AWS_REGION", "us-east-1")
BUCKET = os.environ["BATCHQUERY_BUCKET"]
STATEMENT = os.environ.get(
    "STATEMENT", f"SELECT * FROM table1 INTO OUTFILE S3 's3://{BUCKET}/output/result' OVERWRITE ON"
)


def login():
    """Returns the password if there is one, otherwise a token, which is only sent over verified TLS."""
    password = os.environ.get("DB_PASSWORD")
    if password is not None:
        return {"password": password}
    token = boto3.client("rds", region_name=REGION).generate_db_auth_token(HOST, PORT, USER, REGION)
    ca = os.environ.get("DB_CA", "/opt/batchquery/rds-global-bundle.pem")
    return {"password": token, "ssl_ca": ca, "ssl_verify_cert": True, "ssl_verify_identity": True}


connection = pymysql.connect(host=HOST, port=PORT, user=USER, database=DATABASE, charset="utf8mb4", **login())
with connection, connection.cursor() as cursor:
    print(cursor.execute(STATEMENT), "rows")
