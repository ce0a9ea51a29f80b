#!/bin/sh
# /usr/local/bin/notifier: the command with the service's settings, as the service's user; for root.
set -eu
program=/opt/notifier/bin/notifier
settings=/etc/notifier/notifier.env

case "${1:-} ${2:-}" in
"init "* | "messages extract")
    # These write root's own files: rules, templates, catalogues.
    NOTIFIER_TEMPLATES=${NOTIFIER_TEMPLATES:-/etc/notifier/templates} exec "$program" "$@"
    ;;
esac

# A process that shares root's terminal can type into root's shell (ioctl_tty(2), TIOCSTI). So the
# service's user gets a terminal of its own; in a pipe, a session without one.
if [ -t 0 ] && [ -t 1 ] && [ -t 2 ]; then
    exec runuser --pty -u notifier -- "$program" --env-file "$settings" "$@"
fi
exec runuser -u notifier -- setsid --wait "$program" --env-file "$settings" "$@"
