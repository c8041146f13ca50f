#!/usr/bin/env perl
# seep bisect --engine swarm: a hunt whose trials are stacks, four at once, names the endpoint and the line; a driver is killed in its
# middle; the controller is killed, and what it left is gone after a hunt that goes on, while the node is drained and restored; a service
# that keeps nothing is shown to.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Swarm;
use Test::More;
use Seep;

my ($image, $pricing) = images('runtime', 'pricing');
my $db = scratch() . '/seep.db';
my $image_id = docker('image', 'inspect', '--format', '{{.Id}}', $image);
my %ours; # what the names of all that a seep of ours makes begin with
my @quiet = qw(get_rates get_products get_tax);

# Some endpoints of the pricing service, and a compose file with a service that it depends on.
sub make_hunted {
    my ($name, $leak) = @_;
    my $directory = scratch() . "/$name";
    mkdir $_ for scratch() . "/$name-compose", $directory;
    system('cp', (map { glob(root() . "/scenarios/pricing/$_.*") } 'get_quote_slug', @quiet), $directory) == 0 or die 'cp';
    spit(scratch() . "/$name-compose/compose.yaml", <<"YAML");
version: "3.8"
services:
  pricing:
    image: $pricing
    depends_on: [beside]
    environment: {LEAK: "$leak"}
    ports: ["127.0.0.1:1:8000"]
  beside: {image: $pricing, command: [sleep, infinity], healthcheck: {disable: true}}
  apart: {image: $pricing, command: [sleep, infinity]}
YAML
    spit("$directory/service.yaml", <<"YAML");
target: http://pricing:8000
start: {compose: ../$name-compose/compose.yaml, service: pricing}
ready: GET /health
load: {connections: 4}
memory_limit: 700 MiB
YAML
    spit("$directory/get_quote_slug.yaml", slurp("$directory/get_quote_slug.yaml") . qq(headers: {X-Token: "\${SWARM_TOKEN}"}\n));
    return $directory;
}

my $leaks = make_hunted('leaks', 'on');
my @arguments = ('--engine', 'swarm', '--image', $image, '--jobs', '4', '--confirm', '3000', '--budget', '8m');

sub hunt {
    my ($name, $directory, @more) = @_;
    return begin({name => $name, env => {SWARM_TOKEN => 'c0rrect-h0rse-battery'}}, '--db', $db, 'bisect', $directory, @arguments, '--json',
        scratch() . "/$name.json", @more);
}

# Drivers of ours whose task runs: [service, container]. Others may use this engine.
sub drivers {
    my @running;
    for my $line (split /\n/, docker('service', 'ls', '--format', '{{.Name}} {{.Image}}')) {
        my ($service, $owner, $of) = $line =~ /^((seep-[0-9a-f]{8}-)\d+_seep-driver) (\S+)/ or next;
        next if $of ne $image_id;
        $ours{$owner} = 1;
        push @running, map { [$service, container_of($_), $owner] } grep { $_->{state} eq 'running' } tasks($service);
    }
    return grep { $_->[1] ne '' } @running;
}

sub left_by {
    my (@owners) = @_;
    my $names = join '|', map { quotemeta } @owners;
    return $names eq '' ? 'no stack of ours was seen' : left_behind(qr/^(?:$names)/);
}

# One whose hunt has begun to measure.
sub busy_driver {
    return wait_for(120, sub {
        my ($driver) = drivers();
        return $driver;
    });
}

sub found {
    my ($ran, $name) = @_;
    my $finding = $ran->{result}{findings}[0] // {};
    is($ran->{exit}, 1, "$name: growth is found") or diag($ran->{out}, $ran->{err});
    is_deeply($finding->{endpoints}, ['GET /quote/{slug}'], "$name: the endpoint");
    like($finding->{sites}[0]{site} // '', qr{timing\.py:11$}, "$name: the line");
    ok((grep { $_ eq 'isolated' } @{$finding->{confirmed}}), "$name: confirmed in a stack of its own");
    cmp_ok(abs(($finding->{objects_per_request} // 0) - 1), '<', 0.05, "$name: an object per request");
    is(left_by(keys %ours), '', "$name: nothing is left behind");
}

subtest 'a driver is killed in the middle' => sub {
    my $job = hunt('killed', $leaks);
    my $driver = busy_driver();
    ok($driver, 'a driver runs') or return;
    unlike(docker('service', 'inspect', (split /_seep/, $driver->[0])[0] . '_seep-driver', (split /_seep/, $driver->[0])[0] . '_pricing'),
        qr/c0rrect/, 'no secret of the environment stands in a service');
    docker('kill', '--signal', 'KILL', $driver->[1]);
    my $ran = gather($job, 500);
    found($ran, 'killed');
    ok((grep { /^a trial was begun again: its stack was lost/ } @{$ran->{result}{caveats}}), 'it is said') or diag(explain($ran->{result}{caveats}));
    cmp_ok($ran->{result}{trials}, '>=', 6, 'trials');
    my $replay = $ran->{result}{replay};
    is($replay->{planned}, $replay->{done} + $replay->{failed} + $replay->{skipped}, 'requests of all stacks are counted');
    my $report = seep('--db', $db, 'report', 'last', '--csv', scratch() . '/csv');
    is($report->{exit}, 0, 'what was measured is in the store');
    my @samples = split /\n/, slurp(scratch() . '/csv/samples.csv');
    cmp_ok(scalar @samples, '>', 100, 'readings of the drivers');
};

subtest 'the controller is killed, the node is drained' => sub {
    plan(skip_all => 'SWARM=short') if !whole();
    my $job = hunt('gone', $leaks);
    my $first = busy_driver();
    ok($first, 'a driver runs') or return;
    my $second = wait_for(200, sub { my ($now) = grep { $_->[0] ne $first->[0] } drivers(); $now });
    ok($second, 'and a second one, once the first has told') or return;
    kill 'KILL', $job->{pid};
    gather($job, 60);
    isnt(left_by($first->[2]), '', 'stacks of a killed seep stay');
    my $again = hunt('again', $leaks, '--resume', 'last');
    ok(wait_for(120, sub { grep { $_->[2] ne $first->[2] } drivers() }), 'a driver of the hunt that goes on');
    is(left_by($first->[2]), '', 'what the killed one left is gone');
    drain();
    ok(wait_for(60, sub { !drivers() }), 'the node is drained: no driver runs');
    activate();
    found(gather($again, 600), 'again');
};

subtest 'interrupted' => sub {
    my $job = hunt('interrupted', $leaks);
    ok(busy_driver(), 'a driver runs') or return;
    kill 'INT', $job->{pid};
    my $ran = gather($job, 120);
    is($ran->{exit}, 130, 'exit code') or diag($ran->{out}, $ran->{err});
    is($ran->{result}{verdict}, 'inconclusive', 'nothing is concluded');
    is(left_by(keys %ours), '', 'nothing is left behind');
};

subtest 'a service that keeps nothing' => sub {
    plan(skip_all => 'SWARM=short') if !whole();
    my $ran = gather(hunt('free', make_hunted('free', 'off')), 500);
    is($ran->{exit}, 0, 'no growth') or diag($ran->{out}, $ran->{err});
    like($ran->{result}{reason} // '', qr/would have been seen/, 'with what would have been seen');
    is(left_by(keys %ours), '', 'nothing is left behind');
};

subtest 'what cannot be had' => sub {
    my $fails = sub {
        my ($why, $name, $directory, @more) = @_;
        my $ran = seep({env => {SWARM_TOKEN => 'x'}}, '--db', $db, 'bisect', $directory, '--engine', 'swarm', @more);
        is($ran->{exit}, 200, "$name: exit code");
        like($ran->{err}, $why, $name);
        is($ran->{err} =~ tr/\n//, 1, "$name: one line");
    };
    $fails->(qr/image 'seep-that-is-not-there' is not here, and no registry says that it has it/, 'an image that is not there', $leaks, '--image', 'seep-that-is-not-there');
    my $wrong = make_hunted('wrong', 'on');
    spit("$wrong/service.yaml", slurp("$wrong/service.yaml") =~ s/service: pricing/service: prices/r =~ s/pricing:8000/prices:8000/r);
    $fails->(qr/has no service 'prices' \(services: /, 'a service that is not there', $wrong, '--image', $image);
    is(left_by(keys %ours), '', 'nothing is left behind');
};

is(take_down(), '', 'nothing is left at all');
done_testing();
