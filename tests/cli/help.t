#!/bin/sh
# The program's edge: help pages, unknown names, and the exit codes of bad usage.
set -u
SEEP=${SEEP:-build/seep}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
report() { # verdict, description
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$work/out" "$work/err"
    fi
}
# expect CODE STREAM TEXT ARGUMENT...: that exit code, and TEXT in that stream
expect() {
    code=$1 stream=$2 text=$3
    shift 3
    "$SEEP" "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ $got -eq "$code" ] && grep -qF -e "$text" "$work/$stream"
    report $? "seep $* ends with $code and says '$text'"
}

for page in '' run merge shards compare exit formats signals snapshots diff verdict finding scenario import live suspects production presets sizes; do
    "$SEEP" help $page >"$work/out" 2>"$work/err" && [ -s "$work/out" ] && [ ! -s "$work/err" ] &&
        ! grep -qE '.{80}' "$work/out"
    report $? "seep help $page: something within 79 columns, nothing on standard error"
done
expect 0 out 'usage: seep [OPTIONS] COMMAND' --help
expect 0 out 'usage: seep run' run --help
expect 0 out 'usage: seep run' -h run
expect 0 out 'seep 0.' --version
expect 0 out 'ready_timeout' help scenario
for format in go_heap pprof jemalloc_heap jemalloc_stats v8_heap jvm_histogram dotnet_gcdump ruby_objects massif prometheus \
    tracemalloc tracemalloc_json malloc_json; do
    expect 0 out "  $format" help snapshots
done
expect 200 err 'a command is missing'
expect 200 err "unknown command 'rnu' (did you mean 'run'?)" rnu
expect 200 err "unknown command 'frobnicate'" frobnicate
expect 200 err "merge needs -o FILE" merge 1 2
expect 200 err "suspects takes no '1'" suspects 1 2
expect 200 err "unknown option '--colr' (did you mean '--color'?)" --colr always runs
expect 200 err "option '--db' needs a value" --db
expect 200 err "expected auto, always or never" help --color blue
expect 200 err "there is no help on 'verdit' (did you mean 'verdict'?)" help verdit
[ "$(wc -l <"$work/err")" -eq 1 ]
report $? "bad usage is one line"
{
    sleep 0.1 # until the reader is gone
    "$SEEP" help scenario 2>"$work/err"
    echo $? >"$work/out"
} | true
[ "$(cat "$work/out")" = 0 ] && [ ! -s "$work/err" ]
report $? "a reader that goes away is no error"
if [ -w /dev/full ]; then
    "$SEEP" help >/dev/full 2>"$work/err"
    [ $? -eq 202 ] && grep -q 'standard output: No space left' "$work/err"
    report $? "a full disk is an error"
fi
echo "1..$number"
