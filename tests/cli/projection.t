#!/usr/bin/env perl
# What growth means in production: per day, until the limit, beside its chart; and what was reached beside what is kept.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Seep;

my $db = scratch() . '/seep.db';
my $json = scratch() . '/result.json';
my $mib = 1024 * 1024;

sub run {
    my ($directory, @arguments) = @_;
    unlink $json;
    my $ran = seep({env => {LEAK => 'on'}}, 'run', $directory, '--db', $db, '--json', $json, @arguments);
    my $result = -e $json ? json($json) : {};
    diag($ran->{err}) if !%$result;
    return ($ran, $result);
}

sub between {
    my ($got, $low, $high, $name) = @_;
    ok(defined $got && $low <= $got && $got <= $high, $name) or diag('got ' . ($got // 'nothing') . ", expected $low to $high");
}

sub flat { # as one line
    my ($text) = @_;
    $text =~ s/\s+/ /g;
    return $text;
}

# 40 B a call, at the recorded 10.1 calls per minute: some 582 kB a day.
my @leak = ('-e', 'GET /quote/{slug}', '--connections', '4', '--requests', '6000');
my $per_day = 40 * 10.1 / 60 * 86400;

subtest 'days until the limit, and what the chart showed is explained' => sub {
    my $service = copy_service('explained', '\z', "observed: 1164 kB/2d\n");
    my ($ran, $result) = run($service, @leak, '--html', scratch() . '/page.html', '--markdown', scratch() . '/summary.md');
    my $finding = $result->{findings}[0] // {};
    my $projection = $finding->{projection} // {};
    between($projection->{bytes_per_day}, 0.9 * $per_day, 1.15 * $per_day, 'bytes per day');
    my ($low, $high) = @{$projection->{interval_days} // []};
    between($projection->{days}, $low, $high, 'the interval holds the days');
    my $room = $projection->{days} * $projection->{bytes_per_day};
    between($room / $projection->{interval_bytes_per_day}[1], 0.999 * $low, 1.001 * $low, 'the fastest growth gives the earliest day');
    between($room / $projection->{interval_bytes_per_day}[0], 0.999 * $high, 1.001 * $high, 'the slowest the latest');
    between($room, 500 * $mib, 690 * $mib, 'what a warm server left of 700 MiB');
    my $observed = $result->{observed} // {};
    is($observed->{bytes_per_day}, 582000, 'what was observed, per day');
    between($observed->{explained}, 0.9, 1.15, 'explained');
    between($observed->{explained}, @{$observed->{interval}}, 'with its interval');
    my $words = flat($ran->{out});
    like($words, qr/ when \d+ KiB per day \([\d.]+ to [\d.]+ KiB\) at the recorded 10\.1 per minute; reaches 700 MiB in [\d.]+ years \(/,
        'said in words');
    like($words, qr/ share what was found explains \d+ % \([\d.]+ to [\d.]+ %\) of the growth observed in production \(1164 kB in 2 days\) /,
        'and what it explains');
    unlike($ran->{out}, qr/look for more/, 'nothing else need be looked for');
    for my $page ('page.html', 'summary.md') {
        like(slurp(scratch() . "/$page"), qr/hat was found explains \d+ %/, "$page says so");
        like(slurp(scratch() . "/$page"), qr/KiB per day/, "$page says growth per day");
    }
    is(seep('report', 'last', '--db', $db)->{out}, $ran->{out}, 'a report says it again');
};

subtest 'a fraction is never an explanation; without a limit there is growth per day' => sub {
    my $service = copy_service('fraction', 'memory_limit: .*\n', "observed: 582 kB/d\ninstances: 25\n");
    my ($ran, $result) = run($service, @leak);
    my $projection = $result->{findings}[0]{projection} // {};
    between($projection->{bytes_per_day}, 0.9 * $per_day / 25, 1.15 * $per_day / 25, 'one of 25 instances gets its part of the rate');
    ok(exists $projection->{days} && !defined $projection->{days}, 'no limit, no day');
    ok(!defined $projection->{interval_days}, 'nor an interval');
    between($result->{observed}{explained}, 0.036, 0.046, 'some 4 %');
    like(flat($ran->{out}), qr/ what was found makes about [45] % \([\d.]+ to [\d.]+ %\) of the growth observed in production \(582 kB in 1 day\): /,
        'about 4 %');
    unlike($ran->{out}, qr/explains/, 'the word is not used');
    like(join("\n", @{$result->{caveats}}), qr/does not explain the growth in production: look for more/, 'look for more');
    unlike($ran->{out}, qr/reaches \d+ MiB in/, 'no date');
};

my $start = "start: {command: [/usr/bin/python3, " . root() . "/tests/servers/burst.py], environment: {PORT: \"\${PORT}\"}}\n";
my $common = "target: http://127.0.0.1:\${PORT}\nagent: none\nload: {connections: 1}\n";
my @flat = ('GET /flat', "rate: 1/s\n", map { ["/flat"] } 1 .. 200);
my @burst = ('GET /burst', "rate: 1/s\n", ['/burst']);

sub pressure_of {
    my ($name, $yaml, @endpoints) = @_;
    my ($ran, $result) = run(make_service($name, $yaml, @endpoints), '--requests', '400');
    my @said = grep { /reached/ } @{$result->{caveats} // []};
    return ($result, $said[0] // '', $ran->{out});
}

subtest 'what is reached for a moment' => sub {
    my ($result, $said, $shown) = pressure_of('burst', "$common$start", \@flat, \@burst);
    cmp_ok($result->{peak_bytes} - $result->{kept_bytes}, '>', 90 * $mib, 'is not what is kept');
    cmp_ok($result->{kept_bytes}, '<', 60 * $mib, 'which is little');
    like($said, qr/^keeps [\d.]+ MiB, reached 1\d\d MiB: a container sized on what it keeps dies on what it reaches$/, 'and is told');
    like(flat($shown), qr/the target reached 1\d\d MiB and keeps [\d.]+ MiB/, 'with what it cost');
};

subtest 'what is reached above the limit' => sub {
    my ($result, $said) = pressure_of('limit', "$common${start}memory_limit: 64 MiB\n", \@flat, \@burst);
    like($said, qr/^keeps [\d.]+ MiB, reached 1\d\d MiB: more than its memory_limit of 64 MiB$/, 'is told with the limit');
};

subtest 'a server that takes nothing' => sub {
    my ($result, $said) = pressure_of('flat', "$common${start}memory_limit: 64 MiB\n", \@flat);
    cmp_ok($result->{peak_bytes}, '>=', $result->{kept_bytes}, 'reaches at least what it keeps');
    cmp_ok($result->{kept_bytes}, '>', 4 * $mib, 'which is known');
    is($said, '', 'nothing is said');
};

subtest 'what was reached before we came is not the doing of this load' => sub {
    my $port = free_port();
    {
        local $ENV{PORT} = $port;
        start_server($port, scratch(), '/usr/bin/python3', root() . '/tests/servers/burst.py');
    }
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
    print $socket "GET /burst HTTP/1.1\r\nConnection: close\r\n\r\n";
    my $answer = join '', <$socket>;
    like($answer, qr/\AHTTP\/1\.1 200 /, 'somebody else made it take much');
    (my $attached = $common) =~ s/\$\{PORT\}/$port/;
    my ($result, $said) = pressure_of('attached', "${attached}watch: {port: $port}\n", \@flat);
    like($said, qr/^keeps [\d.]+ MiB, reached 1\d\d MiB before the first request: a container sized/, 'said so');
};

done_testing();
