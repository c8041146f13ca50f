#!/usr/bin/env perl
# Where a secret could get out by an accident: an error that quotes it, what a server printed last, a crash, a temporary file, the
# live page, the store's own pages, the table of processes. (What an import takes out, and all reports: tests/cli/secrets.t.)
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../cli";
use File::Find;
use File::Path qw(make_path);
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64;
use POSIX ();
use Test::More;
use Seep;
use Table;

my $home = scratch();
my $db = "$home/results/seep.db";
my $seep = $ENV{SEEP} // root() . '/build/seep';
my $secret = 'Qx7hunter2Z9pass-' . join '', map { ('a' .. 'z')[rand 26] } 1 .. 6; # nothing tells it but where it stands
my @coded = ($secret, map { substr encode_base64('x' x $_ . $secret, ''), 4 * ($_ > 0), 12 } 0 .. 2);
sub has { my ($text) = @_; return scalar grep { index($text, $_) >= 0 } @coded }
sub holders { # files below that hold it, and streams
    my ($streams, @directories) = @_;
    my @found = grep { has($streams->{$_}) } sort keys %$streams;
    find({no_chdir => 1, wanted => sub { push @found, $_ if -f && has(slurp($_)) }}, grep { -e } @directories);
    return @found;
}

# A server: prints each request line; dies at /die; what its environment names, too.
my $server = spit("$home/server/server.pl", <<'END');
use strict; use warnings; use IO::Socket::INET; use IO::Select;
my ($port, $file) = @ARGV;
$| = 1;
print "starting with $ENV{DB_PASSWORD} at postgres://shop:$ENV{DB_PASSWORD}\@db/shop\n" if $ENV{DB_PASSWORD};
exit 3 if $ENV{REFUSE};
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "port: $!";
open my $asked, '>>', $file // '/dev/null'; $asked->autoflush(1);
my ($select, %pending, $count) = (IO::Select->new($listener));
while (1) {
    for my $socket ($select->can_read) {
        if ($socket == $listener) { $select->add($listener->accept); next }
        if (!sysread $socket, $pending{$socket}, 65536, length($pending{$socket} //= '')) { delete $pending{$socket}; $select->remove($socket); close $socket; next }
        while ($pending{$socket} =~ /\r\n\r\n/) {
            my $end = $+[0];
            my $length = $pending{$socket} =~ /^Content-Length: (\d+)/mi ? $1 : 0;
            last if length($pending{$socket}) < $end + $length;
            my $request = substr $pending{$socket}, 0, $end + $length, '';
            print $asked $request;
            (my $line = $request) =~ s/\r\n.*//s;
            my ($header) = $request =~ /^(Authorization: .*?)\r/mi;
            print "10.0.0.1 \"$line\" 200 ", $header // '-', "\n";
            exit 1 if $ENV{DIE} && ++$count > $ENV{DIE};
            my $body = $line =~ /echo/ ? "bad_data: $request" : '{"objects":50}';
            my $status = $line =~ /echo/ ? '400 Bad Request' : '200 OK';
            syswrite $socket, "HTTP/1.1 $status\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
        }
    }
}
END
my $signal = '{name: live_objects, url: /m?gc=1, pointer: /objects, unit: objects}';
my @few = ('--db', $db, '-q', '--connections', 2, '--requests', 20, '--no-early-stop', '--hold', '10ms');
my @reports = map { ("--$_", "$home/results/report.$_") } qw(html json junit markdown issue github openmetrics);
my $tries = 0;

subtest 'what ${NAME} gave stands in no message and in no file' => sub {
    my $base = "target: http://127.0.0.1:\${PORT}\nready_timeout: 1s\nallow: [127.0.0.1]\nstart: {command: [$^X, $server, \"\${PORT}\"]}\nagent: none\n";
    my $start = sub { "target: http://127.0.0.1:\${PORT}\nallow: [127.0.0.1]\nstart: {$_[0]}\n" };
    my $there = "target: http://127.0.0.1:1\nallow: [127.0.0.1]\nready_timeout: 100ms\n";
    my @keys = (
        "target: http://jo:\${TOK}\@127.0.0.1:1\nallow: [127.0.0.1]\n", "target: http://\${TOK}.invalid:1\nallow: [127.0.0.1]\n", "target: \"\${TOK}\"\nallow: [127.0.0.1]\n", "target: \"\${LONG}\"\nallow: [127.0.0.1]\n",
        "target: unix:/\${TOK}\nallow: [127.0.0.1]\n", "target: http://127.0.0.1:1\nallow: [\"\${TOK}\"]\n", (map { "$base$_\n" } 'proxy: "http://jo:${TOK}@127.0.0.1:3"', 'proxy: "http://${TOK}.invalid:3"', 'host: "a/${TOK}"',
        'ready: GET /echo?t=${TOK}', 'ready: "${TOK}"', 'signals: [{name: a, url: "/x?t=${TOK}", pointer: /no, unit: bytes}]', 'signals: [{name: a, url: "/echo?t=${TOK}", pointer: /no, unit: bytes}]',
        'signals: [{name: a, url: "http://127.0.0.1:1/x?t=${TOK}", pointer: /no, unit: bytes}]', 'signals: [{name: a, url: "/x", pointer: "/${TOK}", unit: bytes}]', 'signals: [{name: a, url: "/x", pattern: "${TOK}(", unit: bytes}]',
        "signals: [$signal]\nsnapshots: [{name: s, url: \"/x?t=\${TOK}\", format: tracemalloc}]", 'reset: [/bin/ls, "/${TOK}"]', 'reset: ["/no/${TOK}"]', 'secrets: "${TOK}"', 'memory_limit: "${TOK}"', 'load: {speed: "${TOK}"}', 'agent_group: "${TOK}"',
        'limits: {growth: "${TOK}"}', 'methods: ["${TOK}"]', 'setup: [{request: "POST /x?t=${TOK}", capture: {a: {body: "zz(.)"}}}]', 'setup: [{request: "${TOK}"}]',
        'setup: [{request: POST /x, form: {p: "${TOK}"}, headers: {X-A: "${TOK}"}, capture: {a: {body: "${TOK}("}}}]'),
        (map { $start->($_) } 'command: ["./no-${TOK}"]', 'command: [/bin/ls, "--${TOK}"]', 'command: [/bin/ls], directory: "${TOK}"', 'compose: "${TOK}", service: web', 'restart: [/bin/ls, "/${TOK}"]'),
        (map { "$there$_\n" } 'agent_dir: "/${TOK}"', 'watch: {pid_file: "/${TOK}"}', 'watch: {container: "${TOK}"}', 'watch: {cgroup: "/${TOK}"}'),
        (map { "target: https://127.0.0.1:1\nallow: [127.0.0.1]\nready_timeout: 100ms\ntls: {$_}\n" } 'ca: "${TOK}"', 'name: "a/${TOK}"', 'name: "${TOK}"'),
    );
    my @endpoint = ('headers: {Authorization: "Bearer ${TOK}"}', 'headers: {"A b": "${TOK}"}', 'expect: {json: {/o: "^${TOK}$"}}', 'expect: {body: "${TOK}("}', 'fresh: {query: "${TOK}"}', 'after: ["GET /${TOK}"]', 'weight: "${TOK}"', 'capture: {a: {body: "${TOK}("}}');
    my %env = (TOK => $secret, LONG => "$secret/" . 'x' x 200);
    my ($number, $wrong) = (0, 0);
    for (map { [$_, ''] } @keys) { $wrong += quoted($number++, \%env, @$_) }
    for (@endpoint) { $wrong += quoted($number++, \%env, "${base}signals: [$signal]\n", "$_\n") }
    tried('a secret from the environment in each key of a scenario, also where it is wrong', $number, "$wrong of them refused in a line that names the variable", 'no message, report or store holds the value');
    cmp_ok($wrong, '>', short_form() ? 10 : 30, 'of which most are mistakes');
};
sub quoted { # 1: it was refused
    my ($number, $env, $yaml, $keys) = @_;
    return 0 if short_form() && $number % 3;
    my $service = make_service("quoted$number", $yaml, ['GET /a', $keys, (['/a']) x 3]);
    my %said;
    my $refused = 0;
    for my $command ('check', 'run') {
        my $ran = seep({env => $env, timeout => 60}, $command, $service, $command eq 'run' ? (@few, @reports) : ());
        $refused = 1 if $ran->{exit} =~ /^20[01]$/;
        @said{"$command out", "$command err"} = ($ran->{out}, $ran->{err});
    }
    is_deeply([holders(\%said, "$home/results")], [], 'not shown: ' . ($keys || (split /\n/, $yaml)[-1])) or diag(map { /^(.*\Q$secret\E.*)$/m } values %said);
    return $refused;
}

subtest 'what a server printed last' => sub {
    my @requests = map { ["/a?token=$secret&n=$_", header => {Authorization => ["Bearer $secret"]}] } 1 .. 20;
    my $har = {log => {version => '1.2', entries => [map { {startedDateTime => sprintf('2025-01-01T00:00:%02d.000Z', $_), response => {status => 200}, request => {method => 'GET', url => "http://h/a?token=$secret&n=$_",
        headers => [{name => 'Authorization', value => "Bearer $secret"}]}} } 1 .. 30]}};
    my $har_file = spit("$home/in/x.har", encode_json($har));
    my $port = free_port();
    my $ran = seep({env => {DIE => 12}, timeout => 60}, 'run', $har_file, '--target', $port, '-o', "$home/one", @few, '--requests', 200, @reports, '--', 'env', "DB_PASSWORD=$secret", $^X, $server, $port, "$home/asked");
    is($ran->{exit}, 125, 'it died') or diag($ran->{err});
    like(slurp("$home/asked"), qr/\Q$secret\E/, 'once it had been asked with what was recorded');
    like($ran->{err} . $ran->{out} . slurp("$home/results/report.json"), qr/its last output: |"GET \/a/, 'what it printed last is told') or diag($ran->{err}, $ran->{out});
    is_deeply([holders({out => $ran->{out}, err => $ran->{err}}, "$home/results", "$home/one")], [], 'without what stood in it');
    my $shown = seep('report', 'last', '-v', '--db', $db);
    is_deeply([holders({out => $shown->{out}, err => $shown->{err}})], [], 'nor later');
    $ran = seep({env => {REFUSE => 1, PASSED => $secret}}, 'run', make_service('refuses', "target: http://127.0.0.1:\${PORT}\nstart: {command: [$^X, $server, \"\${PORT}\"], environment: {DB_PASSWORD: \"\${PASSED}\"}}\n", ['GET /a', '', ['/a']]), @few);
    like($ran->{err}, qr/its last output: starting with \$\{PASSED\} at /, 'nor what it says of its own start') or diag($ran->{err});
    is_deeply([holders({err => $ran->{err}}, "$home/results")], [], 'in no place');
    $tries += 3;
    tried('a server that prints requests and passwords, and dies', 3, 'its last lines are told, redacted', 'no secret in messages, store or reports');
};

subtest 'lines of recordings and files that cannot be read' => sub {
    my %files = (
        'a.jsonl' => qq({"seep":1}\n{"method":"GET","url":"/a?token=$secret","header":{"Authorization":"Bearer $secret"}}\n),
        'b.jsonl' => qq({"seep":1}\n{"method":"GET","url":"http://jo:$secret\@h/a","t_us":"x","header":{"X-Api-Key":["$secret"]}}\n),
        'c.jsonl' => qq({"seep":1}\n{"method":"G","url":"/a","password":"$secret"\n),
        'd.jsonl' => qq({"seep":1}\n{"method":"POST","url":"/a","body":"password=$secret!"}\n),
        'e.jsonl' => qq({"seep":1}\n{"method":"POST","url":"password=$secret"}\n), 'f.jsonl' => qq({"seep":2,"token":"$secret"}\n{"method":"GET","url":"/a"}\n),
        'g.jsonl' => qq({"seep":1}\n{"method":"GET","url":"/a?token=$secret\n),
    );
    my $wrong = 0;
    for my $name (sort keys %files) {
        my $service = make_service("broken-$name", "target: http://127.0.0.1:1\nready_timeout: 100ms\nallow: [127.0.0.1]\n", ['GET /a', '', ['/a']]);
        spit("$service/get_a.jsonl", $files{$name});
        spit("$home/in/$name", $files{$name});
        for my $command (['check', $service, '--offline'], ['run', $service, @few], ['import', "$home/in/$name", '-o', "$home/imported-$name", '--show-skipped']) {
            my $ran = seep(@$command);
            $wrong++ if $ran->{exit} == 200;
            is_deeply([holders({out => $ran->{out}, err => $ran->{err}}, "$home/results", "$home/imported-$name")], [], "$command->[0] of $name") or diag($ran->{err});
        }
    }
    my %others = ('x.har' => qq({"log":{"entries":[{"request":{"method":"GET","url":"http://h/?token=$secret","headers":[{"name":"Authorization","value":"$secret"}]} "oops"]}}), 'x.curl' => "curl 'http://h/?token=$secret' -H 'Authorization: Bearer $secret\n",
        'x.ltsv' => "time:x\treq:GET /?token=$secret HTTP/9\tpassword:$secret\n", 'x.gz' => "\x1f\x8btoken=$secret");
    for my $name (sort keys %others) {
        my $ran = seep('import', spit("$home/in/$name", $others{$name}), '-o', "$home/imported-$name", '--show-skipped');
        $wrong++ if $ran->{exit} == 200;
        is_deeply([holders({out => $ran->{out}, err => $ran->{err}}, "$home/imported-$name")], [], "import of $name") or diag($ran->{err});
    }
    for my $yaml ("target: http://127.0.0.1:1\npassword: $secret\n", "target: http://jo:$secret\@127.0.0.1:1\n", "target: [http://127.0.0.1, \"Bearer $secret\n", "headers: {Authorization: Bearer $secret}\ntarget: x\n") {
        my $ran = seep('check', make_service('yaml', $yaml, ['GET /a', '', ['/a']]));
        is($ran->{exit}, 200, 'a scenario with a mistake');
        $wrong++;
        ok(!has($ran->{err}), 'its line shows no secret') or diag($ran->{err});
    }
    tried('recordings and scenarios with mistakes beside a secret', 25 + 4, "$wrong refused, file and line", 'no message holds it');
};

subtest 'a crash' => sub {
    my $room = "$home/crash";
    make_path("$room/temporary");
    my $port = free_port();
    start_server($port, "$home/server", $^X, $server, $port);
    my $service = make_service('crashing', "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nsignals: [$signal]\n", ['GET /a', "headers: {Authorization: \"Bearer \${TOK}\"}\n", (['/a']) x 20]);
    my %numbers = (SEGV => 'SIGSEGV', ABRT => 'SIGABRT', BUS => 'SIGBUS', FPE => 'SIGFPE', ILL => 'SIGILL');
    my $dump = sub { # starts in $room with cores as large as they like
        my ($signal, $after, @command) = @_;
        my $pid = fork() // die;
        if ($pid == 0) {
            chdir $room;
            $ENV{TOK} = $secret;
            $ENV{TMPDIR} = "$room/temporary";
            open STDOUT, '>', "$room/out";
            open STDERR, '>', "$room/err";
            exec '/bin/sh', '-c', 'ulimit -c unlimited; exec "$@"', 'sh', @command or POSIX::_exit(127);
        }
        for (1 .. 200) { select undef, undef, undef, 0.02; last if $after->() }
        kill $signal, $pid;
        waitpid $pid, 0;
        return $? & 127 ? 'signal ' . ($? & 127) . ($? & 128 ? ', with a core' : '') : 'code ' . ($? >> 8);
    };
    my $usual = $dump->('SEGV', sub { 1 }, 'sleep', 30);
    my $leaves = grep { -f } glob "$room/core*";
    unlink glob "$room/core*";
    my $count = 0;
    for my $signal (short_form() ? ('SEGV', 'ABRT') : sort keys %numbers) {
        my $store = "$room/$signal.db";
        my $how = $dump->($signal, sub { -s "$store-wal" && -s "$store-wal" > 50_000 }, $seep, 'run', $service, '--db', $store, '-q', '--connections', 2, '--duration', '20s', '--requests', 1e8, '--no-early-stop');
        is($how, 'code 202', "$numbers{$signal} ends with 202, and without a core");
        is(slurp("$room/err"), "seep: internal error ($numbers{$signal}): what was stored until then is there, and its memory is written nowhere\n", 'one line');
        is(scalar qx(sqlite3 '$store' 'PRAGMA integrity_check'), "ok\n", 'what was stored is there');
        $count++;
    }
    is_deeply([grep { !m{/(?:out|err)$|\.db(?:-wal|-shm)?$} && -f } glob "$room/* $room/.* $room/temporary/*"], [], 'no file is left but the store');
    is_deeply([holders({}, $room)], [], 'none holds the secret');
    note("a program without such care: $usual" . ($leaves ? ', in a file' : ''));
    tried('SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL while a run holds a secret, with cores allowed', $count, 'code 202, one line, no core; the store is whole', 'no secret; what was not yet stored of the run');
};

subtest 'while it runs: pages, the table of processes, memory of others' => sub {
    my ($port, $live) = (free_port(), free_port());
    start_server($port, "$home/server", $^X, $server, $port);
    my @recorded = map { ["/a?token={{redacted:" . sprintf('%012x', 7) . "}}&n=$_"] } 1 .. 20;
    my $service = make_service('live', "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nsecrets: $home/live.secrets\nsignals: [$signal]\nsetup: [{request: GET /login, capture: {got: {json: /objects}}}]\n",
        ['GET /a', "headers: {Authorization: \"Bearer \${TOK}\"}\n", @recorded]);
    spit("$home/live.secrets", "redacted:000000000007=$secret\n");
    chmod 0600, "$home/live.secrets";
    chmod 0755, $home;
    my $job = begin({name => 'live', env => {TOK => $secret}}, 'run', $service, '--db', $db, '-q', '--connections', 2, '--duration', '20s', '--requests', 1e8, '--no-early-stop', '--live', $live);
    my %pages;
    for (1 .. 100) { select undef, undef, undef, 0.05; last if IO::Socket::INET->new("127.0.0.1:$live") }
    select undef, undef, undef, 0.5;
    for my $path ('/', '/metrics', '/report', '/events', "/$secret") {
        my $socket = IO::Socket::INET->new("127.0.0.1:$live") or next;
        print $socket "GET $path HTTP/1.1\r\nHost: 127.0.0.1:$live\r\nConnection: close\r\n\r\n";
        my $bits = '';
        vec($bits, fileno $socket, 1) = 1;
        my $until = time + 2; # of events there is no end
        while (time < $until && select(my $ready = $bits, undef, undef, 1.5) && sysread $socket, $pages{$path}, 65536, length($pages{$path} //= '')) {}
    }
    cmp_ok(scalar(grep { length > 100 } values %pages), '>=', 4, 'the pages are served');
    is_deeply([holders(\%pages)], [], 'and hold none');
    ok(!has(slurp("/proc/$job->{pid}/cmdline") . slurp("/proc/$job->{pid}/comm") . slurp("/proc/$job->{pid}/maps")), 'nor does what /proc shows of it');
    SKIP: {
        skip 'only root may become another user', 3 if $> != 0;
        my $other = qx(setpriv --reuid=65534 --regid=65534 --clear-groups cat /proc/$job->{pid}/environ 2>&1);
        ok(!has($other), 'nor another user');
        my $open = "$home/open";
        mkdir $open;
        chmod 0777, $open;
        my $same = qx(cd $open && TOK=$secret setpriv --reuid=65534 --regid=65534 --clear-groups sh -c '$seep record --listen 127.0.0.1:0 --target http://127.0.0.1:1 -o rec >said 2>&1 & for i in 1 2 3 4 5 6 7 8 9 10; do test -s said && break; sleep 0.1; done; cat /proc/\$!/environ; kill \$!; wait' 2>&1);
        like($same, qr/environ: Permission denied/, 'nor another process of the same user');
        ok(!has($same), 'which sees none of its environment');
    }
    kill 'INT', $job->{pid};
    my $ended = gather($job, 30);
    is_deeply([holders({out => $ended->{out}, err => $ended->{err}}, "$home/results")], [], 'nor store nor words at the end');

    # given on the command line
    my $slow = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8) or die; # takes a connection and says nothing
    my @given = ('suspects', '--prometheus', "http://jo:$secret\@127.0.0.1:" . $slow->sockport, '--header', "X-Api-Key: $secret", '--memory', 'a', '--requests-by', 'b', '--since', '1h');
    my $asking = begin({name => 'covered', env => {SEEP_PROMETHEUS_TOKEN => ''}}, @given);
    my $peer = $slow->accept; # by now it was covered
    my $line = slurp("/proc/$asking->{pid}/cmdline");
    like($line, qr/suspects\0--prometheus\0http:\/\/\*+@?127\.0\.0\.1|suspects\0--prometheus\0http:\/\/\*/, 'its command line can be read');
    ok(!has($line), 'but for user, password and key in it') or diag($line =~ tr/\0/ /r);
    kill 'TERM', $asking->{pid};
    gather($asking, 10);
    tried('pages of --live, /proc/PID/cmdline and environ, another user', scalar(keys %pages) + 3, 'served, covered, refused', 'no secret');
};

subtest 'Prometheus that repeats what it was asked with' => sub {
    my $port = free_port();
    start_server($port, "$home/server", $^X, $server, $port);
    for (['--token-file', spit("$home/token", "$secret\n")], ['--header', "X-Scope: $secret"], ['--header', "Authorization: Digest $secret"]) {
        my $ran = seep('suspects', '--prometheus', "http://127.0.0.1:$port/echo", @$_, '--memory', 'up', '--requests-by', 'up', '--since', '1h');
        is($ran->{exit}, 200, "$_->[0]: refused");
        ok(!has($ran->{err} . $ran->{out}), 'and not shown') or diag($ran->{err});
    }
    my $ran = seep('suspects', '--prometheus', "http://jo:$secret\@127.0.0.1:$port/echo", '--memory', 'up', '--requests-by', 'up', '--since', '1h');
    ok(!has($ran->{err} . $ran->{out}), 'nor user and password') or diag($ran->{err});
    tried('a Prometheus whose error repeats the request', 4, 'refused in one line', 'no token in it');
};

SKIP: {
    skip 'strace cannot trace here', 1 if system('strace -f -o /dev/null true >/dev/null 2>&1') != 0;
    subtest 'what is written, to whom' => sub {
        my $port = free_port();
        start_server($port, "$home/server", $^X, $server, $port, "$home/asked2");
        my $service = make_service('written', "target: http://127.0.0.1:$port\nallow: [127.0.0.1]\nsecrets: $home/live.secrets\nsignals: [$signal]\nmethods: [POST, GET]\nsetup: [{request: POST /login, form: {user: a, password: \"\${TOK}\"}}]\n",
            ['GET /a', "headers: {Authorization: \"Bearer \${TOK}\"}\n", map { ["/a?token={{redacted:000000000007}}&n=$_"] } 1 .. 5]);
        my $trace = "$home/written.trace";
        seep({env => {TOK => $secret}, by => ['strace', '-f', '-qq', '-yy', '-xx', '-s', '1000000', '-e', 'signal=none', '-e', 'trace=write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg,sendfile,execve,openat,unlink,rename,memfd_create', '-o', $trace],
            timeout => 120}, 'run', $service, @few);
        my ($hex, $lines, %to) = (join('', map { sprintf '\\x%02x', ord } split //, $secret), 0);
        open my $told, '<', $trace or die;
        while (<$told>) {
            $lines++;
            next if index($_, $hex) < 0;
            my ($call, $where) = /^\d+ +(\w+)\(\d+<((?:->|[^<>])*)>/ ? ($1, $2) : ($_, '');
            $where =~ s/\\x(..)/chr hex $1/ge;
            $to{$call eq 'execve' ? 'execve' : $where =~ /^TCP:\[.*->127\.0\.0\.1:$port\]/ ? 'the target' : "$call $where"}++;
        }
        close $told;
        unlink $trace;
        cmp_ok($lines, '>', 20, 'it was traced');
        delete $to{execve}; # the environment that seep itself was given
        is_deeply([keys %to], ['the target'], 'what holds the secret is written to the target, and nowhere else') or diag(explain(\%to));
        tried('each write of a run that sends a secret', $lines, 'those that hold it go to the target', 'no secret in a file, a pipe or another socket');
    };
}

done_testing();
