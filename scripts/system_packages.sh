#!/bin/sh
# Find what the tests need from the system; install it with apt-get where this user may; else say what to install.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
{ [ -x /usr/sbin/mariadbd ] && [ -x /usr/bin/my_print_defaults ]; } || missing="$missing mariadb-server-core mariadb-client-core"
command -v fc-list >/dev/null 2>&1 || missing="$missing fontconfig"
if command -v fc-list >/dev/null 2>&1; then
    [ -n "$(fc-list :lang=zh 2>/dev/null)" ] || missing="$missing fonts-noto-cjk"
else
    missing="$missing fonts-noto-cjk"
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    apt-get install -y -q --no-install-recommends $missing >/dev/null
else
    echo "the tests need these Debian packages:$missing" >&2
    echo "install them, for example: sudo apt-get install$missing" >&2
    exit 1
fi
