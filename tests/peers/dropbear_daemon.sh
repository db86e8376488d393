#!/bin/sh
# Dropbear as a daemon, which lets in only five connections of an address at once that have not logged in.
#
#   dropbear_daemon.sh PIDFILE OPTION...
#
# The port is printed once the daemon listens. It removes PIDFILE when it ends, whatever that is, so it must be its own.
pidfile=$1
shift
while :; do
    # Below the range from which the kernel takes the ports of outgoing connections.
    port=$((10000 + $(od -An -N2 -tu2 /dev/urandom) % 22000))
    dropbear -F -E -s -p "127.0.0.1:$port" -P "$pidfile" "$@" 2>&1 | while read -r line; do
        case $line in *"Not backgrounding") echo "$port" ;; esac
    done
done
