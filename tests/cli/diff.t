#!/bin/sh
# seep diff: two snapshot files, ranked. Run with SEEP=path/to/seep; prove does.
set -u
seep=${SEEP:-build/seep}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

is() { # got wanted name
    count=$((count + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $count - $3"
    else
        echo "not ok $count - $3"
        printf '%s\n' "got:" "$1" "wanted:" "$2" | sed 's/^/# /'
    fi
}

has() { # file pattern name
    count=$((count + 1))
    if grep -q -e "$2" "$1"; then
        echo "ok $count - $3"
    else
        echo "not ok $count - $3"
        sed 's/^/# /' "$1"
    fi
}

fails() { # code pattern name arguments...
    wanted=$1 pattern=$2 name=$3
    shift 3
    "$seep" diff "$@" >"$work/out" 2>"$work/err"
    is $? "$wanted" "$name: exit code"
    is "$(wc -l <"$work/err")" 1 "$name: one line"
    has "$work/err" "$pattern" "$name: says what"
}

cat >"$work/a" <<END
/app/log.py:128: size=3305 KiB, count=141003, average=24 B
/usr/lib/python3/dist-packages/timers.py:26: size=1131 KiB, count=4, average=283 KiB
/usr/lib/python3/dist-packages/exporter.py:943: size=5120 KiB, count=1, average=5120 KiB
/usr/lib/python3.11/tracemalloc.py:111: size=131 KiB, count=1682, average=80 B
/app/shrinks.py:3: size=900 B, count=3, average=300 B
END
cat >"$work/b" <<END
['/app/log.py:128: size=7252 KiB (+7251 KiB), count=309391 (+309362), average=24 B\n',
'/usr/lib/python3/dist-packages/timers.py:26: size=2580 KiB (+2579 KiB), count=4 (+0), average=645 KiB\n',
'/usr/lib/python3/dist-packages/exporter.py:943: size=5120 KiB (+5120 KiB), count=1 (+1), average=5120 KiB\n',
'/usr/lib/python3.11/tracemalloc.py:111: size=155 KiB (+155 KiB), count=1988 (+1988), average=80 B\n',
'/app/shrinks.py:3: size=300 B (-600 B), count=1 (-2), average=300 B\n',
'/app/new.py:9: size=1240 B (+1240 B), count=10 (+10), average=124 B\n']
END

"$seep" diff "$work/a" "$work/b" >"$work/out" 2>"$work/err"
is $? 0 "two lists: exit code"
is "$(cat "$work/err")" "" "two lists: no complaint"
is "$(sed -n '3p' "$work/out" | grep -c '3,947 KiB.*5,262 KiB.*yours.*/app/log.py:128')" 1 "the leak comes first"
is "$(sed -n '4p' "$work/out" | sed 's/^ *//')" "168,388 more objects of 24 B" "and how it grows"
has "$work/out" "1,449 KiB .*dependency .*timers.py:26" "the list that keeps it second"
has "$work/out" "one object getting longer (+1,449 KiB, no new block)" "and how that grows"
has "$work/out" "10 more objects of 124 B, not listed before" "a new site"
has "$work/out" "^1 flat (the largest holds 5,120 KiB: .*exporter.py:943), 1 shrank, 2 of the snapshotter's own" "the rest"

"$seep" diff "$work/a" "$work/b" --requests 168388 --json - >"$work/json" 2>"$work/err"
is $? 0 "json: exit code"
read_json() {
    python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); s = d["sites"]; print(eval(sys.argv[2]))' "$work/json" "$1"
}
is "$(read_json '(d["schema"], d["command"], d["exit"], d["format"])')" "(1, 'diff', 0, 'tracemalloc')" "json: outer fields"
is "$(read_json '(s[0]["site"], s[0]["whose"], s[0]["growth"], s[0]["objects"])')" \
    "('/app/log.py:128', 'yours', 'more_objects', 168388.0)" "json: the first site"
is "$(read_json '(s[0]["bytes_per_request"], round(s[0]["requested_bytes_per_request"], 1), s[0]["objects_per_request"])')" \
    "(32.0, 24.0, 1.0)" "json: per request"
is "$(read_json '(s[1]["growth"], s[1]["objects"], len(s))')" "('longer_object', 0.0, 5)" "json: the second site"
"$seep" diff "$work/a" "$work/b" --json "$work/file" >"$work/out"
is "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["sites"][0]["bytes_per_request"])' "$work/file")" None \
    "json: no requests, no rate"
is "$(ls "$work" | tr '\n' ' ')" "a b err file json out " "json: nothing left beside it"

"$seep" diff "$work/a" "$work/a" >"$work/out"
is "$(sed -n 2p "$work/out")" "no site grew" "a file with itself"

: >"$work/empty"
echo '<html>502</html>' >"$work/html"
printf 'heap profile: 1: 24 [1: 24] @ heap/1048576\n1: 24 [1: 24] @ 0x1\n#\t0x1\tmain.f+0x1\t/a.go:1\n' >"$work/go"
head -c 100 "$work/b" >"$work/cut"
fails 200 "none: No such file" "a missing file" "$work/none" "$work/b"
fails 200 "html:1: no known snapshot format" "another format" "$work/a" "$work/html"
fails 200 "html:1: no line of tracemalloc" "another format, named" "$work/a" "$work/html" --format tracemalloc
fails 200 "empty:1: no known snapshot format" "an empty file" "$work/empty" "$work/a"
fails 200 "'heapy' is no snapshot format; known are tracemalloc, go_heap" "an unknown format" "$work/a" "$work/b" --format heapy
fails 200 "cannot be compared" "two formats" "$work/a" "$work/go"
fails 200 "diff takes two snapshot files" "one file" "$work/a"
fails 200 "none/x: No such file" "json into nowhere" "$work/a" "$work/b" --json "$work/none/x"
"$seep" diff "$work/a" "$work/cut" >"$work/out" 2>&1
is $? 0 "a file cut short is read as far as it goes"
has "$work/out" "^1 line was not understood$" "and the line that was cut is counted"

shared=${SEEP_SHARED_DATA:-../shared/data}
if [ -r "$shared/tracemalloc-day1.txt" ]; then
    "$seep" diff "$shared/tracemalloc-day1.txt" "$shared/tracemalloc-day5.txt" >"$work/out"
    is "$(sed -n '3p' "$work/out" | awk '{print $1, $2, $NF}')" "3,947 KiB /app/aiqcommon/utils/log.py:128" "a real pair: first"
    is "$(sed -n '5p' "$work/out" | awk '{print $1, $2, $NF}')" \
        "1,449 KiB /opt/conda/lib/python3.8/site-packages/codetiming/_timers.py:26" "a real pair: second"
    has "$work/out" "flat (the largest holds 5,120 KiB: .*prometheus_flask_exporter" "a real pair: not the exporter"
else
    for name in first second "not the exporter"; do
        count=$((count + 1))
        echo "ok $count - a real pair: $name # SKIP $shared is not there (SEEP_SHARED_DATA names it)"
    done
fi
echo "1..$count"
