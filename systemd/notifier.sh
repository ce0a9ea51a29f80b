#!/bin/sh
# /usr/local/bin/notifier: the command with the service's settings, as the service's user; for root.
exec runuser -u notifier -- /opt/notifier/bin/notifier --env-file /etc/notifier/notifier.env "$@"
