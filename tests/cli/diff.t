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
has "$work/out" "^ *bytes in A  *in B  *gained  *objects  *each  *whose  *file:line$" "the columns"
is "$(sed -n '3p' "$work/out" | tr -s ' ')" " 3,305 KiB 7,252 KiB +3,947 KiB +168,388 24 B yours /app/log.py:128" "the leak comes first"
is "$(sed -n '4p' "$work/out" | sed 's/^ *//')" "more objects, 24 B each; their slots take 5,262 KiB" "and how it grows"
is "$(sed -n '5p' "$work/out" | tr -s ' ')" \
    " 1,131 KiB 2,580 KiB +1,449 KiB 0 645 KiB dependency /usr/lib/python3/dist-packages/timers.py:26" \
    "the list that keeps it second"
is "$(sed -n '6p' "$work/out" | sed 's/^ *//')" "no new object: one is getting longer" "and how that grows"
has "$work/out" "new: 10 objects, 124 B each; their slots take 1,280 B" "a new site"
has "$work/out" "^0 unchanged, 1 within what the format leaves unknown (the largest holds 5,120 KiB: .*exporter.py:943), 1 shrank, 2 of the snapshotter's own" "the rest"
"$seep" diff "$work/a" "$work/b" --limit 1 >"$work/out"
is "$(grep -c /app/ "$work/out")" 1 "--limit 1: one site"
has "$work/out" "and 2 more that gained less" "--limit 1: says that there are more"
"$seep" diff "$work/a" "$work/b" --limit 9 >"$work/out"
has "$work/out" "fewer objects" "--limit 9: those that shrank too"
has "$work/out" "within what the format leaves unknown (1,024 B)" "--limit 9: and those that stayed"
"$seep" diff - "$work/b" <"$work/a" >"$work/out"
has "$work/out" "^- -> .*/b (tracemalloc: " "standard input"
gzip -c "$work/a" >"$work/a.gz"
"$seep" diff "$work/a.gz" "$work/b" >"$work/out"
is "$(sed -n '3p' "$work/out" | awk '{print $5}')" "+3,947" "a file that gzip compressed"
rm "$work/a.gz"

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
is "$(read_json '(s[1]["growth"], s[1]["objects"], s[1]["words"], len(s))')" \
    "('longer_object', 0.0, 'no new object: one is getting longer; 8.8 B a request', 5)" "json: the second site"
is "$(read_json '(s[0]["bytes_before"], s[0]["bytes_after"], s[0]["objects_after"], round(s[0]["bytes_each"], 1))')" \
    "(3384320.0, 7426048.0, 309391.0, 24.0)" "json: before, after, each"
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
fails 200 "'heapy' is no snapshot format; known are go_heap, jemalloc_heap, .*, tracemalloc, " "an unknown format" "$work/a" "$work/b" --format heapy
fails 200 "cannot be compared" "two formats" "$work/a" "$work/go"
fails 200 "only one of the two" "standard input twice" - -
fails 200 "diff takes two snapshot files" "one file" "$work/a"
fails 202 "none/x: No such file" "json into nowhere" "$work/a" "$work/b" --json "$work/none/x"
"$seep" diff "$work/a" "$work/cut" >"$work/out" 2>&1
is $? 0 "a file cut short is read as far as it goes"
has "$work/out" "^1 line was not understood$" "and the line that was cut is counted"

# The figures that were published of the two sites: 5,396 KiB in four days in one worker; the pod's chart rose 100 MB in three.
sed -n '1,3p' "$work/a" >"$work/day1"
sed -n '1,3p' "$work/b" >"$work/day5"
"$seep" diff "$work/day1" "$work/day5" --over 4d --observed '100 MB/3d' >"$work/out" 2>"$work/err"
is "$?$(cat "$work/err")" 0 "growth a day beside production's chart"
has "$work/out" "their slots take 5,262 KiB; 987 KiB a day, 3 % of the observed growth$" "each site's"
has "$work/out" "one is getting longer; 362 KiB a day, 1 % of the observed growth$" "and the other's"
has "$work/out" "^what grew (2 sites) gained 1,349 KiB a day; 1,349 KiB to 1,678 KiB with what" "of both together"
has "$work/out" "^that is about 4 % of the observed growth for each worker (4.1 to 5.2 %, of 100 MB in 3 days): it does not explain it, look for more$" \
    "about 4 % for each worker"
has "$work/out" "^it would take 20 to 25 workers that grow alike (--workers N)$" "how many workers it would take"
is "$(grep -c explains "$work/out")" 0 "4 % is never an explanation"
"$seep" diff "$work/day1" "$work/day5" --over 4d --observed '100 MB/3d' --workers 24 >"$work/out"
has "$work/out" "^that explains 99 % of the observed growth for 24 workers that grow alike (99 to 124 %, of 100 MB in 3 days)$" "24 workers"
"$seep" diff "$work/day1" "$work/day5" --over 4d --observed '100 MB/3d' --workers 240 >"$work/out"
has "$work/out" "^that would be 995 % of the observed growth .*: more than was observed$" "more than there was"
"$seep" diff "$work/day1" "$work/day5" --over 4d >"$work/out"
is "$(grep -c 'observed' "$work/out")$(grep -c ' a day' "$work/out")" 03 "a time alone: growth a day"
"$seep" diff "$work/a" "$work/a" --over 4d --observed '100 MB/3d' >"$work/out"
is "$(grep -c 'observed' "$work/out")" 0 "nothing that grew, nothing said of it"
"$seep" diff "$work/day1" "$work/day5" --over 4d --observed '100 MB/3d' --json - >"$work/json"
is "$(read_json '(round(d["observed"]["explained"], 4), [round(x, 3) for x in d["observed"]["interval"]], d["observed"]["workers"])')" \
    "(0.0414, [0.041, 0.052], None)" "json: the share, its interval, of each worker"
is "$(read_json '(d["total"]["sites"], d["total"]["requested_bytes_per_day"], s[0]["requested_bytes_per_day"], d["over_seconds"])')" \
    "(2, 1381376.0, 1010432.0, 345600.0)" "json: per day"
fails 200 "observed needs --over: how long" "a chart without the time between" "$work/a" "$work/b" --observed '100 MB/3d'
fails 200 "workers needs --observed" "workers without a chart" "$work/a" "$work/b" --over 4d --workers 3
fails 200 "'100 MB': growth that was observed is an amount and a time" "a chart without its time" "$work/a" "$work/b" --over 4d --observed '100 MB'
fails 200 "a duration needs a unit" "a time without its unit" "$work/a" "$work/b" --over 4

samples=$(dirname "$0")/../data/snapshots
for pair in "go-a.txt go-b.txt main.keepQuote" "go-a.pb.gz go-b.pb.gz main.keepQuote" "jvm-a.txt.gz jvm-b.txt.gz int\[\]" \
    "v8-a.heapprofile.gz v8-b.heapprofile.gz keepQuote" "jeprof-a.heap jeprof-b.heap keep_buffer" \
    "jemalloc-a.json.gz jemalloc-b.json.gz large" "massif-a.out massif-b.out keep_buffer" "ruby-a.json ruby-b.json T_STRING" \
    "prometheus-a.txt prometheus-b.txt cache_bytes" "dotnet-a.txt dotnet-b.txt Contoso.Pricing.Quote"; do
    # shellcheck disable=SC2086
    set -- $pair
    "$seep" diff "$samples/$1" "$samples/$2" >"$work/out" 2>"$work/err"
    is "$(sed -n '3p' "$work/out" | grep -c " $3")$(cat "$work/err")" 1 "$2: $3 comes first"
done
fails 200 "is a snapshot of go_heap, .*go-b.pb.gz one of pprof: they cannot be compared" "two encodings" \
    "$samples/go-a.txt" "$samples/go-b.pb.gz"

shared=${SEEP_SHARED_DATA:-../shared/data}
if [ -r "$shared/tracemalloc-day1.txt" ]; then
    "$seep" diff "$shared/tracemalloc-day1.txt" "$shared/tracemalloc-day5.txt" >"$work/out"
    is "$(sed -n '3p' "$work/out" | tr -s ' ')" " 3,305 KiB 7,252 KiB +3,947 KiB +168,388 24 B yours /app/aiqcommon/utils/log.py:128" \
        "a real pair: first"
    has "$work/out" "^ *more objects, 24 B each" "a real pair: how it grew"
    is "$(sed -n '5p' "$work/out" | tr -s ' ' | cut -d ' ' -f 6-8,12)" \
        "+1,449 KiB 0 /opt/conda/lib/python3.8/site-packages/codetiming/_timers.py:26" "a real pair: second"
    is "$(sed -n '6p' "$work/out" | sed 's/^ *//')" "no new object: one is getting longer" "a real pair: how that grew"
    has "$work/out" "unknown (the largest holds 5,120 KiB: .*prometheus_flask_exporter" "a real pair: not the exporter"
    "$seep" diff "$shared/tracemalloc-day1.txt" "$shared/tracemalloc-day5.txt" --over 4d --observed '100 MB/3d' >"$work/out"
    has "$work/out" "^that is about 4 % of the observed growth for each worker (.*): it does not explain it, look for more$" \
        "a real pair: about 4 % for each worker"
else
    for name in first "how it grew" second "how that grew" "not the exporter" "about 4 % for each worker"; do
        count=$((count + 1))
        echo "ok $count - a real pair: $name # SKIP $shared is not there (SEEP_SHARED_DATA names it)"
    done
fi
echo "1..$count"
