#!/usr/bin/env perl
# seep bisect against a server that it was not tuned on; each subtest is a mistake that it once made there.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $server = root() . '/tests/servers/stdlib/server.py';

sub endpoint {
    my ($directory, $name, $count) = @_;
    my @lines = map { sprintf '{"method":"GET","url":"/%s/%d","t_us":%d,"session":"s%d","endpoint":"GET /%s/{id}","status":200}',
        $name, $_ * 7919 % 1000, $_ * 1000000, $_ % 5, $name } 1 .. $count;
    spit("$directory/get_$name.jsonl", join "\n", '{"seep":1,"source":["made"]}', @lines, '');
    spit("$directory/get_$name.yaml", "endpoint: GET /$name/{id}\nrecording: get_$name.jsonl\nrate: 1/s\n");
}

sub service {
    my ($name, $signals) = @_;
    my $directory = scratch() . "/$name";
    spit("$directory/service.yaml", <<"END" . ($signals ? <<'END' : ''));
target: http://127.0.0.1:\${PORT}
start: {command: [/usr/bin/python3, $server]}
ready: GET /health
END
signals:
  - {name: live_objects, url: /debug/memory?gc=1, pointer: /live_objects, unit: objects}
  - {name: live_bytes, url: /debug/memory?gc=1, pointer: /live_bytes, unit: bytes}
END
    endpoint($directory, 'note', 90);
    endpoint($directory, 'login', 60);
    endpoint($directory, 'words', 100);
    return $directory;
}

my %service = (live => service('live', 1), blind => service('blind', 0));

sub bisect {
    my ($kind, %environment) = @_;
    my $file = scratch() . '/result.json';
    unlink $file;
    my $ran = seep({env => \%environment}, 'bisect', $service{$kind}, '--db', $db, '--json', $file, '--confirm', '3000');
    my $result = -e $file ? json($file) : {findings => [], signals => [], verdict => 'none', reason => $ran->{err}};
    return ($ran, $result, $result->{findings}[0] // {});
}

sub near {
    my ($got, $truth, $share, $name) = @_;
    ok(defined $got && abs($got - $truth) <= $share * $truth, $name) or diag('got ' . ($got // 'nothing') . ", truth $truth");
}

subtest 'one object that gets longer grows by steps, and alone too' => sub {
    my ($ran, $result, $finding) = bisect('live', LEAK => 'buffer');
    is($ran->{exit}, 1, 'exit code') or diag($result->{reason});
    is_deeply($finding->{endpoints}, ['GET /note/{id}'], 'the endpoint');
    is($finding->{kind}, 'alone', 'alone');
    ok((grep { $_ eq 'isolated' } @{$finding->{confirmed}}), 'confirmed on a fresh server');
    near($finding->{bytes_per_request}, 64, 0.25, 'bytes per request');
    is($finding->{objects_per_request}, 0, 'no object more');
    my %verdict = map { $_->{name} => $_->{verdict} } @{$result->{signals}};
    is($verdict{live_bytes}, 'growth', 'the bytes grow');
    isnt($verdict{live_objects}, 'growth', 'the objects do not');
    ok((grep { /still there \d+ s after its last call/ } @{$result->{caveats}}), 'says for how long it was seen to stay')
        or diag(join "\n", @{$result->{caveats}});
    like($ran->{out}, qr{GET /note/\{id\} +\S+ \S+ +\S+ to \S+ +\S+  grows}, 'the table says so too') or diag($ran->{out});
};

subtest 'what is kept for five seconds is no leak' => sub {
    my ($ran, $result) = bisect('live', LEAK => 'window');
    is_deeply($result->{findings}, [], 'no finding') or diag($ran->{out});
    isnt($result->{verdict}, 'growth', 'no growth');
};

subtest 'two that keep something together for six seconds are no leak' => sub {
    my ($ran, $result) = bisect('live', LEAK => 'pair', WINDOW_S => 6);
    is_deeply($result->{findings}, [], 'no finding') or diag($ran->{out});
    isnt($result->{verdict}, 'growth', 'no growth');
};

subtest 'readings that cost something on a cold server do not hide a leak' => sub {
    my ($ran, $result, $finding) = bisect('live', LEAK => 'entry', COLD => 30);
    is_deeply($finding->{endpoints}, ['GET /note/{id}'], 'the endpoint') or diag($ran->{out});
    near($finding->{bytes_per_request}, 217, 0.15, 'bytes per request');
};

subtest 'a page that any of two workers answers proves nothing' => sub {
    my ($ran, $result) = bisect('live', WORKERS => 2);
    is($ran->{exit}, 125, 'exit code');
    like($result->{reason}, qr/2 workers.*one worker/, 'says why, and what to do');
};

subtest 'RSS alone' => sub {
    my ($ran, $result, $finding) = bisect('blind', LEAK => 'entry');
    is_deeply($finding->{endpoints}, ['GET /note/{id}'], 'the endpoint') or diag($ran->{out});
    near($finding->{bytes_per_request}, 217, 0.3, 'bytes per request');
};

done_testing();
