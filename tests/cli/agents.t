#!/usr/bin/env perl
# Servers that seep starts and that know nothing of it: what is live in them is counted by an agent.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $native = ($ENV{BUILD} // root() . '/build') . '/servers/native';

spit(scratch() . '/app.py', <<'END');
import os
from flask import Flask

app = Flask(__name__)
kept = []


@app.get("/health")
@app.get("/ok")
def ok():
    return "ok"


@app.get("/leak")
def leak():
    if os.environ.get("LEAK") == "on":
        kept.append(len(kept) + 0.5)
    return "ok"
END

sub service {
    my ($name, $agent, $leak, @command) = @_;
    my $words = join ', ', map { qq("$_") } @command;
    my @requests = map { [$leak] } 1 .. 20;
    return make_service($name, <<"END", ['GET /leak', '', @requests], ['GET /ok', '', map { ['/ok'] } 1 .. 20]);
target: http://127.0.0.1:\${PORT}
start: {command: [$words], directory: @{[scratch()]}}
ready: GET /health
load: {connections: 4}
$agent
END
}

sub flask {
    my ($name, $agent, $workers, @more) = @_;
    return service($name, $agent, '/leak', '/usr/bin/python3', '-m', 'gunicorn', '-w', $workers, @more, '-b', '127.0.0.1:${PORT}', 'app:app');
}

my %service = (
    c => service('c', '', '/leak?bytes=100', $native, '${PORT}'),
    flask => flask('flask', '', 2),
);
my $runs = 0;

sub run {
    my ($directory, $leak, @more) = @_;
    my $file = scratch() . '/result-' . ++$runs . '.json';
    my $ran = seep({env => {LEAK => $leak}}, @more ? () : ('run'), @more, $directory, '--db', $db, '--json', $file);
    return ($ran, -e $file ? json($file) : {findings => [], verdict => 'none', reason => $ran->{err}});
}

my @solo = ('run', '-e', 'GET /leak', '--requests', '4000');

subtest 'check says who counts, and what decides' => sub {
    my %who = (c => 'malloc agent, 1 process', flask => 'python agent, 3 processes');
    for my $kind (sort keys %who) {
        my $out = seep('check', $service{$kind})->{out};
        like($out, qr/^live_objects +\d+ objects +decides; .*; by $who{$kind}$/m, "$kind: objects");
        like($out, qr/^live_bytes +[\d.]+ \w+ +decides; /m, "$kind: bytes");
        like($out, qr/^snapshot by $who{$kind}: read, \d+ sites/m, "$kind: sites");
        unlike($out, qr/^rss .* decides/m, "$kind: RSS does not decide");
    }
};

subtest 'a C server' => sub {
    my ($ran, $result) = run($service{c}, 'on', @solo);
    is($ran->{exit}, 1, 'growth') or diag($result->{reason});
    is($result->{findings}[0]{objects_per_request}, 1, 'one block per request');
    my $bytes = $result->{findings}[0]{bytes_per_request} // 0;
    ok($bytes >= 100 && $bytes <= 112, 'its bytes') or diag($bytes);
    ($ran, $result) = run($service{c}, 'off', @solo);
    is($ran->{exit}, 0, 'no growth where it frees') or diag($result->{reason});
};

subtest 'two workers of gunicorn, both read' => sub {
    my ($ran, $result) = run($service{flask}, 'on', @solo);
    is($ran->{exit}, 1, 'growth') or diag($result->{reason});
    my $objects = $result->{findings}[0]{objects_per_request} // 0;
    ok($objects > 0.97 && $objects < 1.03, 'one object per request, whichever worker answers') or diag($objects);
    my @series = split /\n/, qx(sqlite3 '$db' "SELECT DISTINCT signal FROM v_samples WHERE run = $result->{run} AND signal LIKE 'live_objects[%'");
    is(scalar @series, 3, 'each process is a series of its own: the master and two workers') or diag(join ' ', @series);
    ($ran, $result) = run($service{flask}, 'off', @solo);
    isnt($ran->{exit}, 1, 'no growth without the leak') or diag($result->{reason});
};

subtest 'bisect goes down to the lines' => sub {
    my ($ran, $result) = run($service{flask}, 'on', 'bisect', '--confirm', '1500');
    is($ran->{exit}, 1, 'growth') or diag($result->{reason});
    is_deeply([map { @{$_->{endpoints}} } @{$result->{findings}}], ['GET /leak'], 'the endpoint');
    like($result->{findings}[0]{sites}[0]{site} // '', qr{/app\.py:17$}, 'the line in Python') or diag(join "\n", @{$result->{caveats}});
    ($ran, $result) = run($service{c}, 'on', 'bisect', '--confirm', '1500');
    is_deeply([map { @{$_->{endpoints}} } @{$result->{findings}}], ['GET /leak'], 'the endpoint of the C server');
    like($result->{findings}[0]{sites}[0]{site} // '', qr/^keep\b/, 'the function in C') or diag(join "\n", @{$result->{caveats}});
};

subtest 'workers that are recycled cut their own series alone' => sub {
    my ($ran, $result) = run(flask('recycled', '', 2, '--max-requests', '700'), 'on', @solo);
    isnt($ran->{exit}, 0, 'growth is never called none') or diag($result->{reason}); # each new worker warms up: it may be too uneven to tell
    ok((grep { /worker replaced/ } @{$result->{caveats}}), 'and what is not known of it is said');
    ($ran, $result) = run(flask('recycled-off', '', 2, '--max-requests', '700'), 'off', @solo);
    isnt($ran->{exit}, 1, 'no growth without the leak') or diag($result->{reason});
};

subtest 'no agent' => sub {
    my $out = seep('check', flask('none', 'agent: none', 1))->{out};
    unlike($out, qr/^live_/m, 'none: nothing is counted');
    like($out, qr/^rss .* decides/m, 'RSS decides');
    my $ran = seep('check', flask('wrong', 'agent: node', 1));
    is($ran->{exit}, 200, 'one that was asked for and does not load is a fault');
    like($ran->{out}, qr/^live_bytes +- +no agent answers: what was started did not load it$/m, 'and says so');
};

# As in a container: the server's processes are not to be seen, its agents' directory is.
subtest 'a server that somebody else started, told by its agents alone' => sub {
    plan skip_all => 'needs root, for a pid namespace' if $> != 0;
    my $port = free_port();
    my $agents = scratch() . '/shared';
    mkdir $agents, 0700;
    my $directory = make_service('beside', "target: http://127.0.0.1:$port\nload: {connections: 4}\nagent_dir: $agents\n",
        ['GET /leak', '', map { ['/leak'] } 1 .. 20]);
    start_server($port, scratch(), 'env', "SEEP_AGENT_DIR=$agents", 'PYTHONPATH=' . root() . '/build/agents/python', 'LEAK=on', qw(/usr/bin/python3 -m gunicorn -w 2 -b), "127.0.0.1:$port", 'app:app');
    my @apart = qw(unshare --pid --fork --mount-proc);
    my $job = begin({name => 'beside', by => \@apart}, 'run', $directory, '--requests', '4000', '--db', $db,
        '--json', scratch() . '/beside.json');
    my $got = gather($job);
    is($got->{exit}, 1, 'growth') or diag($got->{err});
    my $objects = $got->{result}{findings}[0]{objects_per_request} // 0;
    ok($objects > 0.97 && $objects < 1.03, 'one object per request') or diag($objects);
    my ($rss) = grep { $_->{name} eq 'rss' } @{$got->{result}{signals}};
    ok($rss && $got->{out} !~ /no process of the target can be read/, 'RSS is told by them too') or diag($got->{out});
    my ($samples) = split /\n/, qx(sqlite3 '$db' "SELECT count(*) FROM v_samples WHERE run = $got->{result}{run} AND signal = 'rss' AND value > 1e7");
    ok($samples >= 3, 'and stored') or diag($samples);
    spit("$directory/service.other.yaml", "target: http://127.0.0.1:$port\nagent_dir: $agents\nstart: {command: [true]}\n");
    my $ran = seep('check', '--offline', "$directory/service.other.yaml");
    is($ran->{exit}, 200, 'not for a server that seep starts');
    like($ran->{err}, qr{^seep: \S+/service\.other\.yaml:2:\d+: 'agent_dir' is where}, 'says so, with its place');
};

my $rogue = scratch() . '/rogue';
spit("$rogue/libseep-malloc.so", '');
spit("$rogue/agents/python/sitecustomize.py", slurp(root() . '/tests/agents/rogue/sitecustomize.py'));

sub run_rogue {
    my ($how) = @_;
    my $file = scratch() . "/rogue-$how.json";
    my $directory = service("rogue-$how", '', '/leak', '/usr/bin/python3', root() . '/tests/servers/plain.py', '${PORT}');
    my $ran = seep({env => {SEEP_AGENTS => $rogue, ROGUE => $how}}, 'run', $directory, '--requests', '2000', '--db', $db, '--json', $file);
    return ($ran, -e $file ? json($file) : {verdict => 'none', reason => $ran->{err}, signals => []});
}

# A reading that did not come is a gap, whatever came instead; then nothing is shown of that signal.
subtest 'an agent that breaks' => sub {
    my %says = (
        half => qr/the python agent of process \d+:1:\d+: /,
        garbage => qr/the python agent of process \d+ counts nothing/,
        nothing => qr/the python agent of process \d+/,
        error => qr/the python agent of process \d+ answered 500: out of order/,
        close => qr/the python agent of process \d+ did not answer/,
        vanish => qr/process \d+ told what is live in it before, and does not any more|no agent answers/,
    );
    for my $how (sort keys %says) {
        my ($ran, $result) = run_rogue($how);
        is($ran->{exit}, 125, "$how: exit code");
        is($result->{verdict}, 'inconclusive', "$how: verdict");
        like($result->{reason}, $says{$how}, "$how: reason");
        unlike($result->{reason}, qr/\n/, "$how: one line");
        is($result->{replay}{failed}, 0, "$how: no request failed of it");
    }
};

done_testing;
