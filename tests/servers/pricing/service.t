#!/bin/sh
# The staging service is what its README says, and its recorded traffic can be made again byte for byte. TAP.
# PRICING_FULL=1 measures every endpoint alone, with and without the leak (about four minutes).
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export PYTHONDONTWRITEBYTECODE=1
tests=0

ok() { # ok NAME COMMAND...: the command's output is shown where it fails
	name=$1; shift
	tests=$((tests + 1))
	if "$@" >"$scratch/out" 2>&1; then
		echo "ok $tests - $name"
	else
		echo "not ok $tests - $name"
		sed 's/^/# /' "$scratch/out"
	fi
}

truth() { "$here/truth.py" --check "$@"; }

refuses_unknown_switch() {
	(cd "$root/docker/staging/pricing" && LEAK=maybe timeout 20 /usr/bin/gunicorn -w 1 -b 127.0.0.1:0 app:app) >"$scratch/said" 2>&1
	[ $? -ne 0 ] && [ "$(cat "$scratch/said")" = "pricing: LEAK=maybe: unknown; one of off, on, more, param, latched, consumed" ]
}

same_traffic_again() {
	"$root/scenarios/pricing/record-traffic.py" -o "$scratch/traffic" &&
	cmp "$scratch/traffic/access.log" "$root/scenarios/pricing/traffic/access.log" &&
	cmp "$scratch/traffic/browser.har" "$root/scenarios/pricing/traffic/browser.har"
}

ok "an unknown LEAK is refused with one line" refuses_unknown_switch
ok "recording again gives the same two files" same_traffic_again
ok "200 readings leave nothing behind" truth --idle 200
ok "off: the quote keeps nothing" truth --leak off -e 'GET /quote/{sku}'
ok "on: the quote keeps one float in a list" truth --leak on -e 'GET /quote/{sku}' --calls 10000
ok "more: and 1 KiB with it" truth --leak more -e 'GET /quote/{sku}'
ok "param: only where currency=JPY" truth --leak param -e 'GET /quote/{sku}' --calls 10000
ok "latched: not before the book is open" truth --leak latched -e 'GET /quote/{sku}' -e 'POST /open-book'
ok "latched: from then on" truth --leak latched -e 'GET /quote/{sku}' --once 'POST /open-book' --calls 10000
ok "consumed: neither alone" truth --leak consumed -e 'POST /hook' -e 'POST /flush'
ok "consumed: a line for each pair" truth --leak consumed -e 'POST /flush' --each 'POST /hook' --calls 10000
ok "tracemalloc names the two lines" truth --leak on --sites
if [ -n "$PRICING_FULL" ]; then
	ok "off: every endpoint alone" truth --leak off
	ok "on: every endpoint alone" truth --leak on --calls 10000
fi
echo "1..$tests"
