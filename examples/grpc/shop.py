"""A shop that gives coupons away by gRPC while there are some, and keeps them in SQLite.

    protoc --python_out=. coupons.proto && PORT=50051 SHOP_DB=shop.db python3 shop.py

With SHOP=counting it is wrong on purpose: it counts first, and writes later."""

import concurrent.futures
import os
import sqlite3
import time

import coupons_pb2
import grpc

LIMIT = int(os.environ.get("LIMIT", "100"))


def ask(sql, *values):
    """In a transaction of its own, which waits for the others."""
    with sqlite3.connect(os.environ["SHOP_DB"], timeout=30, isolation_level=None) as database:
        return database.execute(sql, values).fetchall()


def take(user):
    """One statement decides. The coupon's number, or None."""
    given = ask("INSERT INTO coupon (user_id) SELECT ? WHERE (SELECT count(*) FROM coupon) < ? RETURNING id", user, LIMIT)
    return given[0][0] if given else None


def count_and_take(user):
    if ask("SELECT count(*) FROM coupon")[0][0] >= LIMIT:
        return None
    time.sleep(0.002)  # such as a check for fraud
    return ask("INSERT INTO coupon (user_id) VALUES (?) RETURNING id", user)[0][0]


def apply(request, context):
    rank = (count_and_take if os.environ.get("SHOP") == "counting" else take)(request.user_id)
    if rank is None:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "sold out")
    return coupons_pb2.Coupon(user_id=request.user_id, rank=rank)


def main():
    ask("CREATE TABLE coupon (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL)")
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=32))
    method = grpc.unary_unary_rpc_method_handler(apply, request_deserializer=coupons_pb2.ApplyRequest.FromString,
                                                 response_serializer=coupons_pb2.Coupon.SerializeToString)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("shop.v1.Coupons", {"Apply": method})])
    server.add_insecure_port(f"127.0.0.1:{os.environ['PORT']}")
    server.start()
    server.wait_for_termination()


main()
