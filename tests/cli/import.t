#!/bin/sh
# seep import: real and made traffic in, a service directory out; every line accounted for, no secret left.
set -u
SEEP=${SEEP:-build/seep}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
report() { # verdict, description
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        head -n 20 "$work/out" "$work/err" 2>/dev/null | sed 's/^/# /'
    fi
}
skip() { # why, description
    number=$((number + 1))
    echo "ok $number - $2 # SKIP $1"
}
seep() { # ARGUMENT...: exit code in $code, streams in $work/out and $work/err
    "$SEEP" "$@" >"$work/out" 2>"$work/err"
    code=$?
}
said() { # STREAM TEXT
    grep -qF -e "$2" "$work/$1"
}
one_line() { # CODE TEXT DESCRIPTION: the last command ended with it, and one line on standard error that says so
    [ "$code" -eq "$1" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && said err "$2"
    report $? "$3"
}
line() { # REQUEST [STATUS]: one line of a combined log
    printf '192.0.2.7 - - [12/Mar/2024:14:00:05 +0000] "%s" %s 12 "-" "agent/1"\n' "$1" "${2:-200}"
}

# --- the real, dirty log
log=${SEEP_SHARED_DATA:-$root/../shared/data}/access-combined-10k.log
[ -r "$log" ] || log=$root/../../shared/data/access-combined-10k.log # from a work tree beside the repository
if [ -r "$log" ]; then
    seep import "$log" -o "$work/blog" --json "$work/blog.json"
    [ $code -eq 0 ] && said out ": 10,000 lines: " && said out " imported, "
    report $? "the real log imports"
    perl -MJSON::PP -e '
        local $/; my $r = decode_json(<STDIN>); my ($skipped, $in, $lines) = (0, 0, 0);
        $skipped += $_ for values %{$r->{skipped}};
        $in += $_->{requests} for @{$r->{endpoints}};
        my $n = @{$r->{endpoints}};
        print "read $r->{read} imported $r->{imported} skipped $skipped in endpoints $in of $n\n";
        my %is = map { $_->{endpoint} => $_->{requests} } @{$r->{endpoints}};
        exit !($r->{read} == 10000 && $r->{imported} + $skipped == 10000 && $in == $r->{imported}
            && $r->{imported} >= 9990 && $n >= 20 && $n <= 100 && $is{"GET /blog/tags/{name}"} > 900
            && $is{"GET /favicon.ico"} > 700 && $is{"GET /blog/geekery/{slug}.html"} > 600);' \
        <"$work/blog.json" >"$work/out" 2>"$work/err"
    report $? "its 10,000 lines are imported or skipped, in 20 to 100 endpoints that read well"
    [ "$(cat "$work"/blog/*.jsonl | grep -c '^{"method"')" -eq "$(grep -m 1 -o '"imported": [0-9]*' "$work/blog.json" | grep -o '[0-9]*')" ]
    report $? "as many requests stand in its recordings"
    sort "$log" >"$work/sorted.log" && seep import "$work/sorted.log" -o "$work/sorted" && [ $code -eq 0 ] &&
        ls "$work/blog" >"$work/out" && ls "$work/sorted" | diff "$work/out" - >"$work/err"
    report $? "another order of its lines gives the same endpoints"
else
    for test in "the real log imports" "its 10,000 lines are accounted for" "its recordings" "another order"; do
        skip "no $log (set SEEP_SHARED_DATA)" "$test"
    done
fi

# --- the traffic of the pricing service
pricing=$root/scenarios/pricing/traffic
if [ -r "$pricing/access.log" ] && [ -r "$pricing/browser.har" ]; then
    seep import "$pricing/access.log" "$pricing/browser.har" -o "$work/pricing" --json "$work/pricing.json"
    [ $code -eq 0 ]
    report $? "a log and a HAR import together"
    missing=
    for endpoint in 'GET /product/{uuid}' 'HEAD /product/{uuid}' 'GET /cart/{id}' 'GET /products' 'GET /availability/{slug}' \
        'GET /quote/{slug}' 'GET /search' 'GET /price-history/{slug}/{date}' 'GET /recommendations/{uuid}' 'GET /rates' \
        'GET /promotions' 'GET /tax' 'POST /cart/{id}/items' 'GET /shipping/estimate' 'POST /session/login' 'POST /quote' \
        'GET /report/{date}' 'POST /checkout' 'POST /hook'; do
        grep -qF "\"endpoint\": \"$endpoint\"" "$work/pricing.json" || missing="$missing, $endpoint"
    done
    echo "missing: $missing" >"$work/err"
    [ -z "$missing" ]
    report $? "their endpoints are the routes of the service"
    grep -qlE 'made-up|Bearer' "$work"/pricing/*
    [ $? -eq 1 ]
    report $? "none of their made-up credentials is left"
    seep import "$pricing/access.log" "$pricing/browser.har" -o "$work/pricing"
    one_line 200 "has endpoints already" "a directory with endpoints is not written into"
    echo 'target: http://127.0.0.1:1 # mine' >"$work/pricing/service.yaml"
    seep import "$pricing/access.log" "$pricing/browser.har" -o "$work/pricing" --force
    [ $code -eq 0 ] && grep -q '# mine' "$work/pricing/service.yaml"
    report $? "--force writes into it, and leaves service.yaml alone"
else
    for test in together routes credentials again force; do
        skip "no recorded traffic in $pricing" "pricing: $test"
    done
fi

# --- secrets: planted in every place, none left in any file
jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.cGxhbnRlZHNpZ25hdHVyZQ
{
    line "GET /a?token=planted01&page=2 HTTP/1.1"
    line "GET /a?user%5Bpassword%5D=planted02 HTTP/1.1"
    line "GET /b?%61pi_key=planted03 HTTP/1.1"
    line "GET /c;jsessionid=planted04/d HTTP/1.1"
    line "GET /verify/$jwt HTTP/1.1"
    line "GET /go?next=https%3A%2F%2Fh%2F%3Faccess_token%3Dplanted05 HTTP/1.1"
    printf '192.0.2.7 - planted06 [12/Mar/2024:14:00:06 +0000] "GET /e HTTP/1.1" 200 1 "https://h.example/x?sid=planted07" "agent/1"\n'
    printf '192.0.2.7 - - [12/Mar/2024:14:00:07 +0000] "GET /e HTTP/1.1" 200 1 "https://jo:planted08@h.example/" "agent/1"\n'
    line "GET /bad?token=planted09"
} >"$work/secrets.log"
cat >"$work/secrets.har" <<HAR
{"log":{"version":"1.2","entries":[
{"startedDateTime":"2024-03-12T14:00:08.5Z","connection":"planted10","request":{"method":"POST","url":"https://u:planted11@h.example/login?csrf=planted12",
 "headers":[{"name":"Authorization","value":"Bearer planted13"},{"name":"Cookie","value":"sid=planted14; a=planted15"},
  {"name":"X-Api-Key","value":"planted16"},{"name":"X-CSRF-Token","value":"planted17"},{"name":"Proxy-Authorization","value":"Basic planted18"},
  {"name":"X-Note","value":"see $jwt"}],
 "cookies":[{"name":"sid","value":"planted14"}],
 "postData":{"mimeType":"application/json","text":"{\"user\":\"jo\",\"pass\\\\u0077ord\":\"planted19\",\"deep\":[{\"client_secret\":\"planted20\"}],\"note\":\"kept\"}"}},
 "response":{"status":200,"headers":[{"name":"Set-Cookie","value":"sid=planted21"}]}},
{"startedDateTime":"2024-03-12T14:00:09.5Z","request":{"method":"POST","url":"https://h.example/form",
 "headers":[],"cookies":[{"name":"sid","value":"planted22"}],
 "postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"password","value":"planted23"},{"name":"qty","value":"2"}]}},
 "response":{"status":200}},
{"startedDateTime":"2024-03-12T14:00:10.5Z","request":{"method":"POST","url":"https://h.example/upload","headers":[],
 "postData":{"mimeType":"multipart/form-data; boundary=B","text":"--B\r\nContent-Disposition: form-data; name=\"api_key\"\r\n\r\nplanted24\r\n--B--\r\n"}},
 "response":{"status":200}}]}}
HAR
(umask 0 && cd "$work" && "$SEEP" import secrets.log secrets.har -o secrets --show-skipped --json secrets.json >out 2>err)
report $? "a recording full of secrets imports"
cat "$work"/secrets/* "$work/secrets.json" "$work/out" "$work/err" >"$work/everything"
perl -MMIME::Base64 -ne 'print; print decode_base64($1), "\n" while /"body":"([^"]*)"/g' "$work/everything" >"$work/decoded"
! grep -oE 'planted[0-9]*|eyJhbGciOiJIUzI1NiJ9[^"]*|cGxhbnRlZ[^"]*' "$work/decoded" >"$work/out"
report $? "none of 26 planted secrets is left in any file, plain or in base64, nor was one shown"
grep -q '"user":"jo"' "$work/decoded" && grep -q '"note":"kept"' "$work/decoded" && grep -q 'page=2' "$work/decoded" &&
    grep -q 'qty=2' "$work/decoded"
report $? "what stood beside them is there"
[ -z "$(find "$work/secrets" -name '*.jsonl' ! -perm 600)" ] && [ -n "$(find "$work/secrets" -name '*.jsonl')" ]
report $? "recordings are 0600 whatever the umask"
[ -z "$(find "$work/secrets" -name '*.jsonl.*' -o -name '.*.yaml*')" ]
report $? "no temporary file is left"
seep import "$work/secrets.log" -o "$work/kept" --keep-secrets
[ $code -eq 0 ] && said err "WARNING: --keep-secrets" && grep -q planted01 "$work"/kept/*.jsonl && grep -q 'SECRETS WERE KEPT' "$work"/kept/*.jsonl
report $? "--keep-secrets keeps them, and says so"

# --- what a recording is good for later
seep import "$work"/secrets/*.jsonl -o "$work/again" --json -
redacted() { cat "$1"/*.jsonl | sed -n '/^{"seep"/s/.*"redacted":\({[^}]*}\).*/\1/p' | sort; }
[ "$(redacted "$work/again")" = "$(redacted "$work/secrets")" ] && redacted "$work/again" | grep -q header
report $? "what was redacted stays counted where recordings import again"
[ $code -eq 0 ] && [ "$(grep -c '^{"method"' "$work"/again/*.jsonl | awk -F: '{ n += $2 } END { print n }')" -eq 11 ]
report $? "recordings import again"
line "POST /nobody HTTP/1.1" >"$work/post.log"
seep import "$work/post.log" -o "$work/post"
[ $code -eq 0 ] && said out "recorded without bodies" && said out "POST /nobody (1)"
report $? "a POST of an access log is imported, and its missing body named"
{ line "GET /1 HTTP/1.1" && line "GET /2 HTTP/1.1" && line "GET /3 HTTP/1.1" && line "GET /4 HTTP/1.1"; } >"$work/second.log"
seep import - -o "$work/second" <"$work/second.log"
[ $code -eq 0 ] && [ "$(cat "$work"/second/*.jsonl | grep -o '"t_us":[0-9]*' | tr '\n' ' ')" = '"t_us":0 "t_us":250000 "t_us":500000 "t_us":750000 ' ] &&
    grep -q 'spread evenly' "$work"/second/*.jsonl
report $? "requests of one second are spread within it, in order, and the recording says so (from standard input)"

# --- sessions: a list of rules, and a sample of whole ones
cat >"$work/rules.jsonl" <<LINES
{"method":"GET","url":"/p?client=1","header":{"Cookie":["theme=dark; JSESSIONID=planted31"]},"t_us":1}
{"method":"GET","url":"/p?client=1","header":{"Cookie":["theme=light; JSESSIONID=planted31"]},"t_us":2}
{"method":"GET","url":"/p?client=2","header":{"Authorization":["Bearer planted32"]},"t_us":3}
{"method":"GET","url":"/p?client=2","header":{"Authorization":["Bearer planted33"]},"t_us":4}
{"method":"POST","url":"/p","header":{"X-Client":["client34"]},"body":"eyJ1c2VyIjp7ImlkIjo3fX0=","t_us":5}
LINES
sessions() { # HOW MANY [RULES]
    rm -rf "$work/rules"
    seep import "$work/rules.jsonl" -o "$work/rules" --json - ${2:+--session "$2"}
    [ $code -eq 0 ] && grep -q "^ \"sessions\": $1," "$work/out"
}
sessions 3 && sessions 2 cookie:theme && sessions 2 query:client && sessions 3 "header:X-Client, query:client" &&
    sessions 1 json:/user/id && sessions 0 none && sessions 1 "address, header:x-client"
report $? "sessions are told apart by the first rule of the list that a request has something for"
grep -rq planted3 "$work/rules"
[ $? -eq 1 ]
report $? "what tells them apart is written nowhere"
seep import "$work/rules.jsonl" -o "$work/x" --session "cookie, colour"
one_line 200 "--session: 'colour': no such rule" "a rule that is none"
awk 'BEGIN { for (i = 0; i < 4000; i++) printf "192.0.2.%d - - [12/Mar/2024:14:%02d:05 +0000] \"GET /s?page=%d HTTP/1.1\" 200 1 \"-\" \"agent/%d\"\n", i % 200, i / 100, i, i % 7 }' >"$work/sample.log"
seep import "$work/sample.log" -o "$work/sampled" --sample 25% --json "$work/sampled.json" &&
    seep import "$work/sample.log" -o "$work/unsampled" --json "$work/unsampled.json"
perl -MJSON::PP -e '
    my ($part, $all) = map { local (@ARGV, $/) = $_; decode_json(<>) } @ARGV;
    my $each = $all->{imported} / $all->{sessions};
    print "$part->{imported} requests of $part->{sessions} sessions, in all $all->{imported} of $all->{sessions}\n";
    exit !($all->{sessions} == 1400 && $part->{sessions} > 200 && $part->{sessions} < 500
        && $part->{imported} + $part->{skipped}{"not in the sample"} == 4000
        && $part->{endpoints}[0]{rate_per_second} == $all->{endpoints}[0]{rate_per_second});' "$work/sampled.json" "$work/unsampled.json" >"$work/out" 2>"$work/err" &&
    grep -q "a sample by sessions" "$work/sampled/get_s.jsonl"
report $? "a sample keeps a share of the sessions, each whole, and the rates of all"

# --- an import that was killed: the next one takes away what it left
mkdir "$work/killed" && mkfifo "$work/killed/get_s.yaml" # where it waits, its files half written
"$SEEP" import "$work/sample.log" -o "$work/killed" --force >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 500); do
    [ -d "$(echo "$work"/killed/.import.??????)" ] && break
    sleep 0.02
done
kill -9 $pid
wait $pid 2>/dev/null
[ $? -eq 137 ] && [ -d "$(echo "$work"/killed/.import.??????)" ] && rm "$work/killed/get_s.yaml" && [ ! -e "$work/killed/get_s.jsonl" ]
report $? "an import that is killed leaves nothing but its hidden directory"
mkdir "$work/killed/.import.other" "$work/killed/.import.living" && : >"$work/killed/.import.living/file"
flock -n "$work/killed/.import.living" sh -c '"$0" import "$1" -o "$2" >"$3" 2>&1' "$SEEP" "$work/second.log" "$work/killed" "$work/out" &&
    [ "$(cd "$work/killed" && echo .import.*)" = ".import.living .import.other" ] && [ -e "$work/killed/.import.living/file" ]
report $? "the next one removes it, and neither what somebody holds nor what has another name"

# --- a full disk: nothing is left
mkdir "$work/there"
(trap "" XFSZ; ulimit -f 64; exec "$SEEP" import "$work/sample.log" -o "$work/there/full/disk" >"$work/out" 2>"$work/err")
code=$?
one_line 202 "File too large" "a file that cannot grow ends the import"
[ -z "$(ls -A "$work/there")" ]
report $? "and leaves nothing, nor the directories that it made"

# --- bad input: one line, exit code 200
seep import "$work/nothing.log" -o "$work/x"
one_line 200 "nothing.log: No such file or directory" "a missing file"
seep import "$work" -o "$work/x"
one_line 200 "is a directory" "a directory"
: >"$work/empty.log"
seep import "$work/empty.log" -o "$work/x"
one_line 200 "empty.log: empty" "an empty file"
printf 'one\ntwo\n' >"$work/prose.log"
seep import "$work/prose.log" -o "$work/x"
one_line 200 "prose.log: no known format" "a file of no known format"
seep import "$work/prose.log" -o "$work/x" --format combined
one_line 200 "nothing to import: 2 skipped, most for: not in this format" "a file without a single request"
printf '{"log": {"entries": [\n {"request": ' >"$work/cut.har"
seep import "$work/cut.har" -o "$work/x"
one_line 200 "cut.har:2:" "a HAR that is cut short: line and column"
echo 'not JSON' >"$work/text.har"
seep import "$work/text.har" -o "$work/x"
one_line 200 "text.har:1:" "a HAR that is not JSON: line and column"
printf '\375\067zXZ\000\000\004' >"$work/second.log.xz"
seep import "$work/second.log.xz" -o "$work/x"
one_line 200 "compressed with xz, only gzip is read" "a log in a compression that is not read"
seep import "$work/second.log" -o "$work/x" --format none
one_line 200 "unknown format 'none'" "an unknown format"
seep import "$work/second.log"
one_line 200 "-o DIR" "no directory"
seep import -o "$work/x"
one_line 200 "a file of recorded traffic" "no file"
seep import "$work/second.log" -o /dev/null/x
one_line 200 "/dev/null" "a directory that cannot be made"
[ ! -e "$work/x" ]
report $? "none of these left anything behind"
{ line "GET /whole HTTP/1.1" && printf '192.0.2.7 - - [12/Mar/2024:14:00:05 +0000] "GET /tru'; } >"$work/truncated.log"
seep import "$work/truncated.log" -o "$work/truncated" --show-skipped
[ $code -eq 0 ] && said out "2 lines: 1 imported, 1 skipped (truncated 1)" && said err "truncated.log:2: truncated: 192.0.2.7"
report $? "a truncated log: the rest imports, and the cut line is named"
echo "1..$number"
