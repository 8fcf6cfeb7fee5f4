#!/bin/sh
# Starts Redis with redis.conf and the password of the URL that the servers are given, which stands in one file only
# (REDIS_URL_FILE: redis://:PASSWORD@127.0.0.1:6379). Through its standard input: a command line could be read by everybody.
set -eu
password=$(sed -n 's#^rediss*://[^:@/]*:\([^@/]*\)@.*$#\1#p' "$REDIS_URL_FILE")
if [ -z "$password" ]; then
  echo "$REDIS_URL_FILE holds no URL with a password, such as redis://:PASSWORD@127.0.0.1:6379" >&2
  exit 1
fi
exec redis-server - <<END
$(cat "$REDIS_CONF")
requirepass $password
END
