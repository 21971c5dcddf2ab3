"""A service that keeps its coupons in memory: POST /USER is answered with 201 or 409."""

import http.server
import threading


class Shop:
    def __init__(self, limit):
        self.limit, self.owners, self.lock = limit, [], threading.Lock()
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(201 if shop.give(int(self.path[1:])) else 409)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 1000

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/{{{{user}}}}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def give(self, user):
        with self.lock:
            if len(self.owners) >= self.limit:
                return False
            self.owners.append(user)
            return True

    def close(self):
        self.server.shutdown()
        self.server.server_close()
