#!/bin/sh
# nginx in front of a service of HTTP/1.1, speaking HTTP/2 in clear: front.sh DIRECTORY SERVICE
set -eu
mkdir -p "$1"
cat >"$1/nginx.conf" <<END
daemon off;
pid $1/nginx.pid;
error_log stderr warn;
worker_processes 2;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path $1/body;
    proxy_temp_path $1/proxy;
    fastcgi_temp_path $1/fastcgi;
    uwsgi_temp_path $1/uwsgi;
    scgi_temp_path $1/scgi;
    upstream service { server $2; keepalive 64; }
    server {
        listen 127.0.0.1:$PORT http2 backlog=4096;
        location / {
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
END
exec "$(command -v nginx || echo /usr/sbin/nginx)" -e stderr -c "$1/nginx.conf" -p "$1"
