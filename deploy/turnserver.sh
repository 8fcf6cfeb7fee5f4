#!/bin/sh
# Starts coturn with turnserver.conf and what belongs to this place. The secret goes into a file that only coturn's user can
# read, because everybody on a machine sees command lines. Arguments are handed on.
#
#   TURN_CONF           turnserver.conf
#   TURN_SECRET_FILE    the secret shared with deskbeam (DESKBEAM_TURN_SECRET_FILE), on one line
#   TURN_REALM          any name, such as this server's
#   TURN_PUBLIC_IP      addresses by which the world reaches this machine, one of each family, separated by a space
#   TURN_PRIVATE_IP     this machine's own IPv4 address, where a NAT in front of it has the public one (clouds)
#   TURN_DENIED         more addresses and ranges nothing is relayed to, such as your other servers' public ones
#   TURN_CERT TURN_KEY  certificate chain and private key in PEM, for TURN over TLS
set -eu
umask 077
: "${TURN_CONF:?}" "${TURN_SECRET_FILE:?}" "${TURN_REALM:?}" "${TURN_PUBLIC_IP:?}"

secret=$(cat "$TURN_SECRET_FILE")
# An empty secret would let in everybody who can compute an HMAC.
[ "${#secret}" -ge 16 ] || { echo "turnserver.sh: the secret must have 16 characters or more" >&2; exit 2; }

conf=$(mktemp)
{
  cat "$TURN_CONF"
  echo "realm=$TURN_REALM"
  echo "static-auth-secret=$secret"
  for range in ${TURN_DENIED:-}; do echo "denied-peer-ip=$range"; done
  for address in $TURN_PUBLIC_IP; do
    here=$address
    # A NAT in front of this machine: coturn is reached by one address and has another.
    case $address in *:*) ;; *) here=${TURN_PRIVATE_IP:-$address} ;; esac
    echo "listening-ip=$here"
    echo "relay-ip=$here"
    # Both ends of a session may be relayed by this server, each then being the other's peer.
    echo "allowed-peer-ip=$here"
    [ "$here" = "$address" ] || echo "external-ip=$address/$here"
  done
  if [ -n "${TURN_CERT:-}" ]; then
    echo "cert=$TURN_CERT"
    echo "pkey=${TURN_KEY:?}"
  else
    echo "no-tls"
  fi
} > "$conf"
exec turnserver -c "$conf" --log-file=stdout "$@"
