#!/usr/bin/env perl
# What makes a verdict doubtful is said beside it; what overturns it makes it inconclusive, with what to do.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my @python = ('/usr/bin/python3', root() . '/tests/servers/audited.py');
my $heap = "signals: [{name: live_bytes, url: /heap, pointer: /live_bytes, unit: bytes}";
my $runs = 0;

# One run of the server with what is in its environment; `signals`, `command` and `url` where they are not RSS, Python and /ok.
sub run {
    my ($given, $environment, @more) = @_;
    my $name = 'audited-' . ++$runs;
    my $command = join ', ', map { qq("$_") } @{$given->{command} // \@python};
    my $directory = make_service($name, <<"END", ['GET /ok', '', map { [$given->{url} // '/ok'] } 1 .. 20]);
target: http://127.0.0.1:\${PORT}
start: {command: [$command], environment: {PORT: "\${PORT}"}}
ready: GET /health
agent: none
load: {connections: 4}
@{[$given->{signals} // '']}
END
    my $file = scratch() . "/$name.json";
    my $ran = seep({env => $environment}, 'run', $directory, '-q', '--no-early-stop', '--requests', 3000, '--db', $db, '--json', $file, @more);
    return -e $file ? json($file) : {verdict => 'none', reason => $ran->{err}, caveats => [], exit => $ran->{exit}};
}

sub said {
    my ($result) = @_;
    return join "\n", $result->{verdict}, $result->{reason}, @{$result->{caveats}};
}

subtest 'our own readings are taken off' => sub {
    my $result = run({signals => "$heap]"}, {READS_ADD => 20000});
    isnt($result->{verdict}, 'growth', 'they are no growth') or diag(said($result));
    ok((grep { /^each of our own readings adds 19\.5 KiB to live_bytes: taken off, \d+ % of its rise$/ } @{$result->{caveats}}), 'and are told')
        or diag(said($result));
    $result = run({signals => "$heap]"}, {});
    is($result->{verdict}, 'no_growth', 'none are nothing') or diag(said($result));
    unlike(said($result), qr/our own readings/, 'to tell of');
};

subtest 'what stands at a limit is not flat' => sub {
    symlink '/usr/bin/python3', scratch() . '/node';
    my @node = (scratch() . '/node', $python[1]);
    my $result = run({command => [@node, '--max-old-space-size=64']}, {BALLAST => 60});
    is($result->{verdict}, 'inconclusive', 'the heap of a runtime') or diag(said($result));
    like($result->{reason}, qr/^memory stands at its limit: the heap that process \d+ may have is 64\.?0? MiB/, 'says which');
    $result = run({command => [@node, '--max-old-space-size=640']}, {BALLAST => 60});
    unlike(said($result), qr/limit/, 'one that is far is none');
    $result = run({command => ['/bin/sh', '-c', "ulimit -v 2000000; exec @python"]}, {RESERVE => 1});
    like(said($result), qr/^inconclusive\nmemory stands at its limit: [\d.]+ GiB are used, and `ulimit -v` of process \d+ is /, 'address space');
};

subtest 'a target that says it began anew' => sub {
    my $started = "{name: began, url: /metrics, metric: process_start_time_seconds, unit: other}";
    my $result = run({signals => "$heap, $started]"}, {RESTART_AFTER => 1500});
    ok((grep { /^the target was started anew 1 time meanwhile, as began says/ } @{$result->{caveats}}), 'is cut, and said')
        or diag(said($result));
    is($result->{replay}{done}, 3000, 'and the run goes on');
    $result = run({signals => "$heap]"}, {RESTART_AFTER => 1500});
    like($result->{reason}, qr/^live_bytes fell from/, 'a fall that nobody explains ends it');
};

subtest 'workers that are replaced' => sub {
    my $result = run({}, {REQUESTS_EACH => 900});
    ok((grep { /worker replaced/ } @{$result->{caveats}}), 'are said') or diag(said($result));
    cmp_ok($result->{replay}{done}, '>', 2900, 'and end nothing');
    $result = run({signals => "$heap]"}, {REQUESTS_EACH => 60});
    is($result->{verdict}, 'inconclusive', 'too often') or diag(said($result));
    like(said($result), qr/replaced \d+ times or more within \d+ readings/, 'and why');
};

# The heap is told by another server, which keeps nothing; so RSS alone grows.
subtest 'growth in RSS alone' => sub {
    my $port = free_port();
    local $ENV{PORT} = $port;
    start_server($port, scratch(), @python);
    my $native = ($ENV{BUILD} // root() . '/build') . '/servers/native';
    my $given = {command => [$native, '${PORT}'], signals => "signals: [{name: live_bytes, url: 'http://127.0.0.1:$port/heap', pointer: /live_bytes, unit: bytes}]",
        url => '/leak?bytes=400'};
    my $result = run($given, {LEAK => 'on'}, '--requests', 60000);
    is($result->{verdict}, 'growth', 'is growth after it went on for long') or diag(said($result));
    is($result->{findings}[0]{signal}, 'rss', 'by RSS');
    like($result->{reason}, qr/; what is counted is flat: native memory, or the allocator's own holes$/, 'and is called so');
    $result = run($given, {LEAK => 'on'}, '--requests', 12000);
    is($result->{verdict}, 'inconclusive', 'before, it is open') or diag(said($result));
    is_deeply($result->{findings}, [], 'and no finding');
    $result = run($given, {LEAK => 'off'}, '--requests', 60000);
    isnt($result->{verdict}, 'growth', 'none without the leak') or diag(said($result));
};

done_testing();
