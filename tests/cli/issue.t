#!/usr/bin/env perl
# --issue: a finding as an issue for a tracker; nothing where there is none, nothing secret, nothing that acts.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;
use Told;

my $db = told_store('issue');
my $leak = 'GET /quote/{sku}';
my %found = (endpoints => [$leak], confirmed => ['long_solo', 'isolated', 'complement'], requests_that_grow => 'currency=JPY', explained => 0.97,
    memory_limit_bytes => 734003200, days => 62.5, at_rate_per_second => 3.2, bytes_per_day => 11142144,
    reproduce => "seep run scenarios/pricing -e '$leak' --requests 5000", curl => [q{curl -sS "http://127.0.0.1:${PORT}"'/quote/7?currency=JPY'}],
    sites => [{site => 'pricing/timing.py:41'}, {site => '/srv/node_modules/.pnpm/lodash@4.17.21/node_modules/lodash/x.js:9', whose => 'dependency',
        package => 'lodash', version => '4.17.21', called_from => 'app.js:4'}]);
told_run($db, 'grows', findings => [\%found], thresholds => [{limit_text => 'growth > 16 B/request'}], caveats => ['1 of 9 trials ran late'],
    signals => [{name => 'live_objects', verdict => 'growth'}, {name => 'rss', verdict => 'inconclusive'}], not_looked_at => [['GET /x', 'answered 401']],
    target => 'gunicorn app:app; environment: LEAK; agent python', machine => 'Linux 6.1.0 x86_64, 2 processors');

sub issue { return seep('report', $_[0], '--db', $db, '--issue', @_ > 1 ? $_[1] : '-') }

subtest 'a finding' => sub {
    my $shown = issue('grows');
    is($shown->{exit}, 0, 'exit') or diag($shown->{err});
    my $text = $shown->{out};
    like($text, qr/\A# Memory grows: GET \/quote\/\\\{sku\\\} keeps 40\.3 B per request \(39\.9 to 40\.7\)/, 'the title says what');
    for my $part ('## What grows', '- `GET /quote/{sku}`', 'only requests with `currency=JPY`', 'reaches 700 MiB in 62.5 days', '## How sure', '97 % confidence',
        'it grew at the same rate alone on a fresh server', 'the limit `growth > 16 B/request` is crossed: 40.3 B', '## Where it is allocated',
        '- `pricing/timing.py:41`: 32 B per request, 1.00 objects (yours)', '`/srv/node_modules/.pnpm/lodash@4.17.21/node_modules/lodash/x.js:9`',
        'These explain 97 % of it', "\n```sh\nseep run scenarios/pricing -e 'GET /quote/{sku}' --requests 5000\n```\n", q{curl -sS "http://127.0.0.1:${PORT}"'/quote/7},
        '- server: `gunicorn app:app; environment: LEAK; agent python`', '- machine: `Linux 6.1.0 x86_64, 2 processors`', '- seep: `0.1.0`',
        '`live_objects` (growth), `rss` (inconclusive)', '2024-05-01 03:12:44 UTC', '- 1 of 9 trials ran late', '1 endpoint was not looked at') {
        ok(index($text, $part) >= 0, $part) or diag($text);
    }
};

subtest 'refused where there is no finding' => sub {
    told_run($db, 'flat', verdict => 'no_growth', exit_code => 0);
    my $open = told_run($db, 'open', verdict => 'inconclusive', exit_code => 125, reason => 'too few requests');
    told_run($db, 'crossed', verdict => 'growth', exit_code => 1);
    my $file = spit(scratch() . '/kept.md', 'of before');
    for my $case (['flat', qr/shows no growth/], ['open', qr/run $open is inconclusive/], ['crossed', qr/has no finding/]) {
        my ($label, $why) = @$case;
        my $shown = issue($label, $file);
        is($shown->{exit}, 200, "$label: bad usage");
        like($shown->{err}, qr/\Aseep: --issue: run \d+ .*$why?: there is nothing to report\n\z/, 'one line');
        is(slurp($file), 'of before', 'no file is written');
        is(issue($label)->{out}, '', 'nor is anything on standard output');
    }
    is(scalar(my @left = glob("$file.*")), 0, 'nothing half-written is left');
    my $json = scratch() . '/beside.json';
    is(seep('report', 'open', '--db', $db, '--issue', '-', '--json', $json)->{exit}, 200, 'with others');
    is(json($json)->{label}, 'open', 'the others are written');
};

subtest 'what comes from outside' => sub {
    my ($bad, $secret) = (hostile(), 'ghp_' . 'a1B2c3D4e5' x 3 . 'F6g7h8');
    told_run($db, 'hostile', reason => $bad, label => 'hostile', target => $bad, machine => $bad, findings => [{endpoints => [$bad], signal => $bad,
            requests_that_grow => $bad, reproduce => "$bad $secret", confirmed => [$bad], order_text => $bad, curl => ["curl -H 'Authorization: Bearer $secret' $bad"],
            sites => [{site => $bad, called_from => $bad, package => $bad, version => $bad, whose => 'dependency'}]}],
        thresholds => [{limit_text => $bad}], caveats => ["$bad $secret somebody\@example.com"], signals => [{name => $bad, verdict => 'growth'}]);
    my $shown = issue('hostile');
    is($shown->{exit}, 0, 'exit') or diag($shown->{err});
    my $text = $shown->{out};
    unlike($text, qr/[^\n -~\x80-\xff]/, 'no control character');
    unlike($text, qr/\Q$secret\E|ghp_|somebody\@/, 'nothing secret');
    my ($fences, $prose) = (0, '');
    my $fence;
    for my $line (split /\n/, $text) {
        if (defined $fence ? $line =~ /\A(`{3,})\s*\z/ && length $1 >= length $fence : $line =~ /\A(`{3,})sh\z/) {
            $fence = defined $fence ? undef : $1;
            $fences++;
        } elsif (!defined $fence) {
            1 while $line =~ s/(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)/CODE/;
            $prose .= "$line\n";
        }
    }
    is($fences, 4, 'two fences, each closed') or diag($text);
    unlike($prose, qr/</, 'no tag');
    unlike($prose, qr/(?<!\\)[`|*_\[]/, 'no mark that is not escaped') or diag($prose);
    unlike($prose, qr/\@octocat|#1|(?<!\\)!2/, 'no mention, no reference');
    unlike($prose, qr{https://}, 'no link');
};

subtest 'at the end of a run' => sub {
    my $page = 'from http.server import *' . "\n" . 'import sys' . "\n" . 'class H(BaseHTTPRequestHandler):' . "\n" . '    def do_GET(self):' . "\n"
        . '        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")' . "\n"
        . '    def log_message(self, *a): pass' . "\n" . 'ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()' . "\n";
    spit(scratch() . '/flat.py', $page);
    my $service = make_service('short', 'target: http://127.0.0.1:${PORT}' . "\nallow: [127.0.0.1]\nagent: none\nstart: {command: [python3, ../flat.py, \"\${PORT}\", --token, "
        . '"${APP_TOKEN}", "--mode=${APP_MODE}", hunter2secret], environment: {DB_PASSWORD: correct-horse, MODE: x}}' . "\n", ['GET /a', '', ['/a'], ['/a']]);
    my $file = scratch() . '/run.md';
    my $ran = seep({env => {APP_TOKEN => 'tok-4711-abc', APP_MODE => 'staging-blue', OTHER => 'hunter2secret'}}, 'run', $service, '--db', $db, '--connections', 1,
        '--requests', 40, '--label', 'short', '--issue', $file);
    is($ran->{exit}, 125, 'the exit code is the verdict') or diag($ran->{err});
    like($ran->{err}, qr/^seep: --issue: run \d+ is inconclusive: there is nothing to report$/m, 'one line says why');
    ok(!-e $file, 'no file is written');
    like($ran->{out}, qr/\AINCONCLUSIVE/, 'and the report is shown');
    chomp(my $target = qx(sqlite3 $db "SELECT target FROM run WHERE label = 'short'"));
    is($target, q(python3 ../flat.py '${PORT}' --token ... '--mode=${APP_MODE}' '${OTHER}'; environment: DB_PASSWORD, MODE; agent none), 'the command without values');
    my $counted = make_service('counted', 'target: http://127.0.0.1:${PORT}' . "\nallow: [127.0.0.1]\nstart: {command: [python3, ../flat.py, \"\${PORT}\"]}\n", ['GET /a', '', ['/a']]);
    $ran = seep('run', $counted, '--db', $db, '--connections', 1, '--requests', 20, '--label', 'counted');
    is($ran->{exit}, 125, 'with an agent') or diag($ran->{err});
    chomp($target = qx(sqlite3 $db "SELECT target FROM run WHERE label = 'counted'"));
    is($target, q(python3 ../flat.py '${PORT}'; live memory told by: python agent), 'who counts is named');
    chomp(my $machine = qx(sqlite3 $db "SELECT machine FROM run WHERE label = 'short'"));
    like($machine, qr/\ALinux \S+ \S+, \d+ processors?\z/, 'the machine');
};

done_testing();
